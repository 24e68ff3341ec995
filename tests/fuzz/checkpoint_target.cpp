// libFuzzer on what --resume reads. The first byte of an input says which reader gets the rest: a
// file as it is, whose hashes refuse nearly everything, or the readers behind the hashes.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/chain_jobs.hpp"
#include "engine/llc_bytes.hpp"
#include "engine/sample_bytes.hpp"
#include "engine/train_bytes.hpp"
#include "io/cells.hpp"
#include "io/checkpoint.hpp"
#include "io/checkpoint_hash.hpp"
#include "io/errors.hpp"
#include "io/llc_cells.hpp"
#include "io/raw_file.hpp"
#include "io/sample_cells.hpp"
#include "io/usage_error.hpp"

namespace {

using namespace kgon;
using Input = std::span<const std::byte>;

void demand(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "checkpoint target: %s\n", what);
  std::abort();
}

// The plans of tests/fuzz/studies: those of the checkpoints in the corpus.
struct Plans {
  TrainPlan train;
  LlcPlan llc;
  SamplePlan sample;
};

const Plans& plans() {
  static const Plans made = [] {
    const std::vector<ModelShape> compiled{{2, 6}};
    const std::string folder = KGON_FUZZ_STUDIES;
    return Plans{expand_study(read_study(folder + "/train.toml", {}), compiled).plan,
                 expand_llc(read_study(folder + "/llc.toml", {}), compiled).plan,
                 expand_sample(read_study(folder + "/sample.toml", {}), compiled).plan};
  }();
  return made;
}

// What was read once is read again from the bytes that it is written as.
template <class Read>
void read_twice(Input bytes, Read read) {
  try {
    const auto value = read(bytes);
    try {
      read(Input(to_bytes(value)));
    } catch (const DamagedBytes&) {
      demand(false, "what was read cannot be read again");
    }
  } catch (const DamagedBytes&) {
  }
}

void read_train_block(Input bytes) {
  try {
    train_range_from(bytes, plans().train);
  } catch (const DamagedBytes&) {
  }
  read_twice(bytes, [](Input from) { return train_block_from(from, plans().train); });
}

void read_train_state(Input bytes) {
  read_twice(bytes, [](Input from) {
    TrainState state = train_state_from(from, plans().train);
    const MemberRange range = state.log.range;
    part_of(state, range.first + range.count - 1, 1);
    return state;
  });
}

void read_llc_block(Input bytes) {
  read_twice(bytes, [](Input from) { return llc_block_from(from, plans().llc); });
}

void read_sample_block(Input bytes) {
  read_twice(bytes, [](Input from) { return sample_block_from(from, plans().sample); });
}

// Of jobs that nobody runs here.
class NoRunner final : public ChainRunner {
 public:
  bool run(const ChainJob&, ChainOutcome&, RunControl&) override { return false; }
  SitePhase phase(const double*, const tms::PhaseLevels&) const override { return {}; }
  double loss(const double*, const SortedSampleTable*, double*) const override { return 0; }
};

void read_llc_state(Input bytes) {
  NoRunner runner;
  RunControl control;
  try {
    const ChainJobs jobs(WorkStates(Bytes(bytes.begin(), bytes.end()), {}), 0, 10, runner, control);
  } catch (const DamagedBytes&) {
  }
}

void read_header(Input bytes) {
  for (const CheckpointFile kind : {CheckpointFile::blocks, CheckpointFile::states}) {
    try {
      const ReadHeader header = read_checkpoint_header(kind, bytes);
      demand(header.size <= bytes.size(), "a header is longer than its file");
    } catch (const DamagedBytes&) {
    }
  }
}

void read_all_blocks(Input bytes) {
  read_train_block(bytes);
  read_llc_block(bytes);
  read_sample_block(bytes);
}

// A folder of this process, in memory where there is such a place.
const std::string& output() {
  static const std::string path = [] {
    std::string folder =
        (access("/dev/shm", W_OK) == 0 ? std::string("/dev/shm")
                                       : std::filesystem::temp_directory_path().string()) +
        "/kgon_fuzz_XXXXXX";
    demand(mkdtemp(folder.data()) != nullptr, "no folder for files");
    static const std::string kept = folder;
    std::atexit([] { std::filesystem::remove_all(kept); });
    return folder + "/x.nc";
  }();
  return path;
}

void write_file(const std::string& path, Input bytes) {
  RawFile file = RawFile::create(path);
  file.write_at(0, bytes);
}

void open_checkpoint(const CheckpointIdentity& identity) {
  try {
    Checkpoint checkpoint(
        output(), identity,
        {true, [](const StoredBlock&, Input bytes) { read_all_blocks(bytes); },
         [](const std::string& warning) { demand(!warning.empty(), "an empty warning"); }});
    for (const Bytes& state : checkpoint.take_states().states) read_train_state(state);
  } catch (const UnusableFile&) {
  } catch (const UsageError&) {
  }
}

// The identity that the file names, so that it is not refused for another.
CheckpointIdentity identity_in(CheckpointFile kind, Input bytes) {
  try {
    return read_checkpoint_header(kind, bytes).identity;
  } catch (const DamagedBytes&) {
    return {"train", "00000000deadbeef", 3, {0, 4}, "0123456789abcdef"};
  }
}

void read_blocks_file(Input bytes) {
  write_file(output() + ".blocks", bytes);
  open_checkpoint(identity_in(CheckpointFile::blocks, bytes));
  remove_checkpoint(output());
}

void read_states_file(Input bytes) {
  write_file(output() + ".checkpoint", bytes);
  write_file(output() + ".checkpoint.old", bytes.subspan(bytes.size() / 3));
  open_checkpoint(identity_in(CheckpointFile::states, bytes));
  remove_checkpoint(output());
}

// States with a hash that is right, whatever they are.
void read_hashed_states(Input bytes) {
  const CheckpointIdentity identity = identity_in(CheckpointFile::states, {});
  Bytes file = checkpoint_header(CheckpointFile::states, identity);
  const std::uint64_t seed = read_checkpoint_header(CheckpointFile::states, file).hash;
  ByteWriter rest;
  rest.put(Bytes(bytes.begin(), bytes.end()));
  rest.put(checkpoint_hash(bytes, seed));
  const Bytes end = rest.take();
  file.insert(file.end(), end.begin(), end.end());
  write_file(output() + ".checkpoint", file);
  open_checkpoint(identity);
  remove_checkpoint(output());
}

// A header with a hash that is right over fields that are anything.
void read_hashed_header(Input bytes) {
  ByteWriter header;
  for (const char c : std::string("KGONBLK\n")) header.put(c);
  header.put(std::uint32_t{1});
  header.put(std::uint32_t{0x01020304});
  header.put(Bytes(bytes.begin(), bytes.end()));
  header.put(checkpoint_hash(bytes, 0));
  read_header(header.take());
}

// What BlockLog wrote goes through it again, block by block.
void read_written_blocks(Input bytes) {
  const CheckpointIdentity identity = identity_in(CheckpointFile::blocks, {});
  std::vector<Bytes> written;
  {
    BlockLog log(output() + ".blocks", identity);
    while (!bytes.empty() && written.size() < 8) {
      const std::size_t size =
          std::min<std::size_t>(std::to_integer<std::size_t>(bytes[0]) * 8, bytes.size() - 1);
      written.emplace_back(bytes.begin() + 1,
                           bytes.begin() + 1 + static_cast<std::ptrdiff_t>(size));
      log.append(written.back());
      bytes = bytes.subspan(1 + size);
    }
    log.sync();
  }
  std::size_t next = 0;
  BlockLog::open(output() + ".blocks", [&](const StoredBlock&, Input block) {
    demand(next < written.size() && std::ranges::equal(block, written[next++]),
           "a block comes back as another");
    read_all_blocks(block);
  });
  demand(next == written.size(), "a block is lost");
  remove_checkpoint(output());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  plans();
  output();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const std::vector<std::function<void(Input)>> readers{
      read_train_block,   read_train_state,    read_llc_block,   read_sample_block,
      read_header,        read_hashed_header,  read_blocks_file, read_states_file,
      read_hashed_states, read_written_blocks, read_llc_state};
  if (size == 0) return 0;
  const Input bytes = std::as_bytes(std::span(data, size));
  readers[data[0] % readers.size()](bytes.subspan(1));
  return 0;
}
