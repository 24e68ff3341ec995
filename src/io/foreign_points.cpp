#include "io/foreign_points.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "io/in_child.hpp"
#include "io/point_file.hpp"
#include "io/train_result_reader.hpp"

namespace kgon {
namespace {

// Records on their way out of the child, some thousands at a time.
struct Batch {
  std::vector<TrainRecord> records;
  std::vector<double> parameters;  // [records, P]
  std::vector<TrainCellSource> cells;
  TrainRecordCounts counts;  // of all records, in the last batch

  Bytes bytes() const {
    ByteWriter writer;
    writer.put(records);
    writer.put(parameters);
    writer.put(cells);
    writer.put(counts);
    return writer.take();
  }
  static Batch from(const Bytes& bytes) {
    Batch batch;
    ByteReader reader(bytes);
    reader.get(batch.records);
    reader.get(batch.parameters);
    reader.get(batch.cells);
    reader.get(batch.counts);
    return batch;
  }
};

constexpr std::size_t records_at_once = 4096;
constexpr std::size_t numbers_at_once = std::size_t{1} << 20;

TrainRecordCounts deliver_records(const std::string& path, const ModelShape& shape,
                                  const RecordSelection& selection, const Deliver& deliver,
                                  Batch& batch) {
  return read_train_records(path, shape, selection,
                            [&](const TrainRecord& record, const std::vector<double>& parameters,
                                const std::vector<TrainCellSource>& cells) {
                              if (batch.records.empty()) batch.cells = cells;
                              batch.records.push_back(record);
                              batch.parameters.insert(batch.parameters.end(), parameters.begin(),
                                                      parameters.end());
                              if (batch.records.size() < records_at_once) return;
                              deliver(batch.bytes());
                              batch = {};
                            });
}

}  // namespace

bool is_foreign_train_result(const std::string& path) {
  const Bytes answer =
      bytes_from_child({path}, [&] { return Bytes(is_train_result(path) ? 1 : 0); });
  return !answer.empty();
}

std::vector<double> read_foreign_points(const std::string& path, const ModelShape& shape,
                                        std::uint64_t max_points) {
  std::vector<double> points;
  in_child(
      {path},
      [&](const Deliver& deliver) {
        const std::vector<double> all = is_train_result(path)
                                            ? read_start_points(path, shape)
                                            : read_point_file(path, shape, max_points);
        for (std::size_t at = 0; at < all.size(); at += numbers_at_once)
          deliver(std::as_bytes(
              std::span(all).subspan(at, std::min(numbers_at_once, all.size() - at))));
      },
      [&](Bytes&& bytes) {
        const std::size_t before = points.size();
        points.resize(before + bytes.size() / sizeof(double));
        std::memcpy(points.data() + before, bytes.data(), bytes.size());
      });
  return points;
}

TrainRecordCounts read_foreign_records(
    const std::string& path, const ModelShape& shape, const RecordSelection& selection,
    const std::function<void(const TrainRecord&, const std::vector<double>&,
                             const std::vector<TrainCellSource>&)>& visit) {
  TrainRecordCounts counts;
  const auto parameters = static_cast<std::size_t>(shape.parameter_count());
  in_child(
      {path},
      [&](const Deliver& deliver) {
        Batch batch;
        const TrainRecordCounts all = deliver_records(path, shape, selection, deliver, batch);
        batch.counts = all;
        deliver(batch.bytes());
      },
      [&](Bytes&& bytes) {
        const Batch batch = Batch::from(bytes);
        counts = batch.counts;
        auto row = batch.parameters.begin();
        for (const TrainRecord& record : batch.records) {
          const auto next = row + static_cast<std::ptrdiff_t>(parameters);
          visit(record, {row, next}, batch.cells);
          row = next;
        }
      });
  return counts;
}

}  // namespace kgon
