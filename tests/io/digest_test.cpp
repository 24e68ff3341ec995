#include "io/digest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/slabs.hpp"
#include "synthetic_result.hpp"

namespace kgon {
namespace {

using synthetic::ScratchDirectory;

TEST(Slabs, CoverAnArrayInRowMajorOrder) {
  const std::vector<std::vector<std::size_t>> shapes = {
      {}, {7}, {3, 4, 5}, {1, 9, 1}, {2, 2, 2, 2}};
  for (const auto& shape : shapes) {
    for (std::size_t limit = 1; limit < 70; ++limit) {
      std::size_t next = 0;
      for_each_slab(shape, limit, [&](const Slab& slab) {
        EXPECT_LE(slab.elements(), limit);
        std::size_t offset = 0;
        for (std::size_t d = 0; d < shape.size(); ++d) offset = offset * shape[d] + slab.start[d];
        EXPECT_EQ(offset, next);
        next += slab.elements();
      });
      const auto total =
          std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
      EXPECT_EQ(next, total);
    }
  }
  for_each_slab({3, 0}, 10, [](const Slab&) { FAIL(); });
}

TEST(Digest, LeavesOutWhatVariesBetweenEqualRuns) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "a.nc", synthetic::plan(20, 0, 20));
  ResultMetadata other = synthetic::metadata();
  other.device = "cuda:0";
  other.command = "kgon train --device cuda";
  other.version = "9.9";
  synthetic::write(scratch / "b.nc", synthetic::plan(20, 0, 20), 7, other);
  const std::string digest = result_digest(scratch / "a.nc");
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(digest.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(digest, result_digest(scratch / "b.nc"));
}

TEST(Digest, DoesNotHangOnHowAPathIsSpelt) {
  const ScratchDirectory scratch;
  const auto digest_of = [&](const std::string& init) {
    TrainPlan plan = synthetic::plan(3, 0, 3);
    plan.cells[0].init = init;
    synthetic::write(scratch / "x.nc", plan);
    return result_digest(scratch / "x.nc");
  };
  const std::string of_file = digest_of("p.nc");
  EXPECT_EQ(of_file, digest_of("./p.nc"));
  EXPECT_EQ(of_file, digest_of("/tmp/elsewhere.nc"));
  EXPECT_NE(of_file, digest_of("random"));
  EXPECT_NE(digest_of("4"), digest_of("5"));
}

// Digests are compared over years and machines: this value never changes.
TEST(Digest, OfTheSameArraysIsTheSameForEver) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "x.nc", synthetic::plan(20, 0, 20));
  EXPECT_EQ(result_digest(scratch / "x.nc"), "af7074936e825e4c88301bc149b4b686");
}

TEST(Digest, SeesEveryArray) {
  const ScratchDirectory scratch;
  const TrainPlan plan = synthetic::plan(3, 0, 3);
  const std::vector<std::function<void(TrainBlock&)>> changes = {
      [](TrainBlock&) {},
      [](TrainBlock& b) { b.training_loss[1] = std::nextafter(b.training_loss[1], 1.0); },
      [](TrainBlock& b) { b.population_loss[0] = 9; },
      [](TrainBlock& b) { b.gradient_norm[0] = 9; },
      [](TrainBlock& b) { b.phase[0] = tms::phase_other; },
      [](TrainBlock& b) { b.hull_phase[0] = tms::phase_other; },
      [](TrainBlock& b) { b.negative_biases[0] ^= 1; },
      [](TrainBlock& b) { b.on_plateau[0] ^= 1; },
      [](TrainBlock& b) { b.status[0] = MemberStatus::non_finite; },
      [](TrainBlock& b) { b.failed_step[0] = 4; },
      [](TrainBlock& b) { b.visits[0] = 3; },
      [](TrainBlock& b) { b.visit_phase[0] = tms::phase_code(5, 0, 0); },
      [](TrainBlock& b) { b.visit_step[0] = 8; },
      [](TrainBlock& b) { b.parameters[0] = -1; },
      [](TrainBlock& b) { b.parameters.back() = -1; },
  };
  std::vector<std::string> digests;
  for (const auto& change : changes) {
    TrainResultWriter writer(scratch / "x.nc", plan, synthetic::metadata());
    TrainBlock block = synthetic::block(plan, 0, 0, 3);
    change(block);
    writer.write(block);
    writer.write(synthetic::block(plan, 1, 0, 3));
    writer.finish();
    digests.push_back(result_digest(scratch / "x.nc"));
  }
  std::ranges::sort(digests);
  EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

TEST(Digest, EveryNanIsTheSameNan) {
  const ScratchDirectory scratch;
  const TrainPlan plan = synthetic::plan(1, 0, 1);
  std::vector<std::string> digests;
  for (const double nan : {std::numeric_limits<double>::quiet_NaN(),
                           -std::numeric_limits<double>::quiet_NaN(), std::nan("0x123")}) {
    TrainResultWriter writer(scratch / "x.nc", plan, synthetic::metadata());
    TrainBlock block = synthetic::block(plan, 0, 0, 1);
    block.training_loss[0] = nan;
    block.gradient_norm[0] = static_cast<float>(nan);
    writer.write(block);
    writer.write(synthetic::block(plan, 1, 0, 1));
    writer.finish();
    digests.push_back(result_digest(scratch / "x.nc"));
  }
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(digests[0], digests[2]);
}

// Groups of later commands, in another order of definition and with other attributes.
TEST(Digest, DependsOnNamesAndNotOnTheOrderOfDefinition) {
  const ScratchDirectory scratch;
  const auto write = [&](const std::string& path, bool reversed, const std::string& dimension) {
    NetcdfFile file = NetcdfFile::create(path);
    file.put_text(file.root(), NC_GLOBAL, "kgon_version", reversed ? "1" : "2");
    const std::array<std::string, 2> names =
        reversed ? std::array<std::string, 2>{"b", "a"} : std::array<std::string, 2>{"a", "b"};
    for (const std::string& group_name : names) {
      const int group = file.define_group(group_name);
      const int d = file.define_dimension(group, dimension, 3);
      for (const std::string& name : names) {
        const int v = file.define_variable(group, name + "x", NC_INT, std::span(&d, 1));
        const std::array<std::int32_t, 3> data = {1, 2, static_cast<std::int32_t>(name[0])};
        file.write(group, v, {{0}, {3}}, data.data());
      }
    }
    file.close();
    return result_digest(path);
  };
  const std::string digest = write(scratch / "x.nc", false, "chain");
  EXPECT_EQ(digest, write(scratch / "x.nc", true, "chain"));
  EXPECT_NE(digest, write(scratch / "x.nc", true, "draw"));
}

// A group marked `derived`, with any values, is as good as none; without the mark it counts.
TEST(Digest, LeavesOutDerivedGroups) {
  const ScratchDirectory scratch;
  enum class More { none, derived, marked_zero, plain };
  const auto digest_of = [&](std::int32_t value, More more, std::int32_t of_more = 7) {
    NetcdfFile file = NetcdfFile::create(scratch / "x.nc");
    file.put_text(file.root(), NC_GLOBAL, "kgon_version", "1");
    const auto add = [&](const std::string& name, std::int32_t number) {
      const int group = file.define_group(name);
      const int d = file.define_dimension(group, "d", 1);
      const int v = file.define_variable(group, "v", NC_INT, std::span(&d, 1));
      file.write(group, v, {{0}, {1}}, &number);
      return group;
    };
    add("llc", value);
    if (more != More::none) {
      const int group = add("critical_points", of_more);
      if (more != More::plain)
        file.put_value(group, NC_GLOBAL, derived_mark, more == More::derived ? 1 : 0);
    }
    file.close();
    return result_digest(scratch / "x.nc");
  };
  const std::string digest = digest_of(1, More::none);
  EXPECT_EQ(digest, digest_of(1, More::derived));
  EXPECT_EQ(digest, digest_of(1, More::derived, 8));
  EXPECT_NE(digest, digest_of(2, More::derived));
  EXPECT_NE(digest, digest_of(1, More::plain));
  EXPECT_EQ(digest_of(1, More::plain), digest_of(1, More::marked_zero));
}

TEST(Digest, RefusesBadFiles) {
  const ScratchDirectory scratch;
  synthetic::write(scratch / "good.nc", synthetic::plan(4, 0, 4));
  const std::string bytes = synthetic::bytes_of_file(scratch / "good.nc");
  std::ofstream(scratch / "truncated.nc") << bytes.substr(0, bytes.size() - 1000);
  std::ofstream(scratch / "foreign.nc") << "CDF";
  NetcdfFile::create(scratch / "other.nc").close();
  for (const char* name : {"missing.nc", "truncated.nc", "foreign.nc", "other.nc", ""}) {
    EXPECT_THROW(result_digest(scratch / name), UnusableFile) << name;
  }
  EXPECT_THROW(result_digest("http://127.0.0.1:9/x.nc"), UnusableFile);
}

}  // namespace
}  // namespace kgon
