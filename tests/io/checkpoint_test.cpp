#include "io/checkpoint.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "io/errors.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

namespace fs = std::filesystem;

const CheckpointIdentity identity{"train", "00000000deadbeef", 7, {100, 50}, "0123456789abcdef"};

Bytes bytes_of(const std::string& text) {
  Bytes bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

std::string text_of(std::span<const std::byte> bytes) {
  std::string text(bytes.size(), ' ');
  std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
  return text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// What was found in a checkpoint.
struct Found {
  std::vector<std::string> blocks, states, warnings;
  double seconds = 0;
};

class CheckpointFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "kgon_checkpoint_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    output_ = directory_ / "x.nc";
    blocks_ = directory_ / "x.nc.blocks";
    current_ = directory_ / "x.nc.checkpoint";
    older_ = directory_ / "x.nc.checkpoint.old";
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Two generations: "one" with states a and b, then "two" and "three" with state c.
  void write_two_generations() const {
    Checkpoint checkpoint(output_, identity);
    checkpoint.append(bytes_of("one"));
    checkpoint.write({1.5, {bytes_of("a"), bytes_of("b")}});
    checkpoint.append(bytes_of("two"));
    checkpoint.append(bytes_of(std::string(1000, '3')));
    checkpoint.write({2.5, {bytes_of("c")}});
  }
  static std::vector<std::string> all_blocks() { return {"one", "two", std::string(1000, '3')}; }

  Found open(const CheckpointIdentity& as = identity, bool any_build = false) const {
    Found found;
    Checkpoint checkpoint(output_, as,
                          {any_build,
                           [&](const StoredBlock&, std::span<const std::byte> bytes) {
                             found.blocks.push_back(text_of(bytes));
                           },
                           [&](const std::string& warning) { found.warnings.push_back(warning); }});
    const CheckpointStates states = checkpoint.take_states();
    found.seconds = states.seconds;
    for (const Bytes& state : states.states) found.states.push_back(text_of(state));
    return found;
  }

  template <class Error>
  void expect_refused(const CheckpointIdentity& as, const std::string& clause) const {
    try {
      open(as);
      FAIL() << "opened";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(clause), std::string::npos) << error.what();
    }
  }

  fs::path directory_;
  std::string output_;
  fs::path blocks_, current_, older_;
};

TEST_F(CheckpointFiles, GiveBackWhatWasWritten) {
  write_two_generations();
  EXPECT_TRUE(has_checkpoint(output_));
  const Found found = open();
  EXPECT_EQ(found.blocks, all_blocks());
  EXPECT_EQ(found.states, std::vector<std::string>{"c"});
  EXPECT_EQ(found.seconds, 2.5);
  EXPECT_TRUE(found.warnings.empty());
  remove_checkpoint(output_);
  EXPECT_FALSE(has_checkpoint(output_));
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(CheckpointFiles, AreNotThereBeforeTheFirstWrite) {
  Checkpoint checkpoint(output_, identity);
  checkpoint.append(bytes_of("one"));
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(CheckpointFiles, OfNothingAreANewOne) {
  const Found found = open();
  EXPECT_TRUE(found.blocks.empty());
  EXPECT_TRUE(found.states.empty());
  EXPECT_TRUE(found.warnings.empty());
}

TEST_F(CheckpointFiles, GoOnWhereTheyEnded) {
  write_two_generations();
  // The writer was killed in the middle of a block.
  write_text(blocks_, read_text(blocks_) + std::string(20, '\x7f'));
  {
    Checkpoint checkpoint(output_, identity,
                          {false, [](const StoredBlock&, std::span<const std::byte>) {},
                           [](const std::string& warning) { FAIL() << warning; }});
    checkpoint.append(bytes_of("four"));
    checkpoint.write({3.5, {}});
  }
  const Found found = open();
  auto expected = all_blocks();
  expected.push_back("four");
  EXPECT_EQ(found.blocks, expected);
  EXPECT_EQ(found.seconds, 3.5);
}

TEST_F(CheckpointFiles, BeginWhereTheWriterWasKilledInTheHeader) {
  write_two_generations();
  fs::remove(current_);
  fs::remove(older_);
  const std::string text = read_text(blocks_);
  for (const std::size_t size : {0, 1, 8, 40}) {
    write_text(blocks_, text.substr(0, size));
    EXPECT_TRUE(open().blocks.empty()) << size;
  }
}

TEST_F(CheckpointFiles, ReadABlockAgain) {
  write_two_generations();
  std::vector<StoredBlock> blocks;
  const Checkpoint checkpoint(
      output_, identity,
      {false,
       [&](const StoredBlock& block, std::span<const std::byte>) { blocks.push_back(block); },
       [](const std::string&) {}});
  EXPECT_EQ(text_of(checkpoint.read(blocks[1])), "two");
  std::string text = read_text(blocks_);
  text[blocks[1].offset + 1] ^= 1;
  write_text(blocks_, text);
  EXPECT_THROW(checkpoint.read(blocks[1]), UnusableFile);
}

TEST_F(CheckpointFiles, FallBackToTheGenerationBefore) {
  write_two_generations();
  const std::string current = read_text(current_);
  write_text(current_, current.substr(0, current.size() - 1));
  const Found found = open();
  EXPECT_EQ(found.blocks, all_blocks());
  EXPECT_EQ(found.states, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(found.warnings.size(), 2u);
  EXPECT_NE(found.warnings[0].find("x.nc.checkpoint cannot be used"), std::string::npos);
  EXPECT_NE(found.warnings[1].find("x.nc.checkpoint.old is used in its place"), std::string::npos);
}

TEST_F(CheckpointFiles, DoNotPutADamagedGenerationInThePlaceOfASoundOne) {
  write_two_generations();
  write_text(current_, "nonsense");
  const std::string older = read_text(older_);
  {
    Checkpoint checkpoint(
        output_, identity,
        {false, [](const StoredBlock&, std::span<const std::byte>) {}, [](const std::string&) {}});
    checkpoint.write({9, {bytes_of("d")}});
  }
  EXPECT_EQ(read_text(older_), older);
  EXPECT_EQ(open().states, std::vector<std::string>{"d"});
}

TEST_F(CheckpointFiles, SayWhichBlocksAreLost) {
  write_two_generations();
  std::string text = read_text(blocks_);
  text[text.size() - 500] ^= 4;
  write_text(blocks_, text);
  const Found found = open();
  EXPECT_EQ(found.blocks, (std::vector<std::string>{"one", "two"}));
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_NE(found.warnings[0].find("is damaged or cut off at byte"), std::string::npos);
}

TEST_F(CheckpointFiles, OfAnotherRunAreRefusedWithBothNamed) {
  write_two_generations();
  const auto with = [](const auto& change) {
    CheckpointIdentity other = identity;
    change(other);
    return other;
  };
  expect_refused<UsageError>(with([](auto& i) { i.study_hash = "1111"; }),
                             "of study 00000000deadbeef, and this is study 1111");
  expect_refused<UsageError>(with([](auto& i) { i.seed = 8; }), "of seed 7, and this is seed 8");
  expect_refused<UsageError>(with([](auto& i) { i.members.first = 50; }),
                             "of members 100 to 149, and this is members 50 to 99");
  expect_refused<UsageError>(with([](auto& i) { i.stage = "llc"; }),
                             "of stage train, and this is stage llc");
  const auto other_build = with([](auto& i) { i.build = "fedc"; });
  expect_refused<UsageError>(other_build, "of build 0123456789abcdef, and this is build fedc");
  expect_refused<UsageError>(other_build, "--force-build");
  EXPECT_EQ(open(other_build, true).blocks, all_blocks());
  // It belongs to that build now, but for the states, until they are written again.
  EXPECT_EQ(open(other_build, true).blocks, all_blocks());
  expect_refused<UsageError>(identity, "of build fedc, and this is build 0123456789abcdef");
}

TEST_F(CheckpointFiles, OfAnotherRunAreRefusedWithoutStatesToo) {
  write_two_generations();
  fs::remove(current_);
  fs::remove(older_);
  CheckpointIdentity other = identity;
  other.study_hash = "1111";
  expect_refused<UsageError>(other, "x.nc.blocks is the checkpoint of study");
}

TEST_F(CheckpointFiles, OfAnotherVersionOrMachineAreRefused) {
  write_two_generations();
  std::string text = read_text(blocks_);
  text[8] = 2;  // the version
  write_text(blocks_, text);
  expect_refused<UnusableFile>(identity, "has version 2 of the format");
  text[8] = 1;
  std::swap(text[12], text[15]);
  std::swap(text[13], text[14]);
  write_text(blocks_, text);
  expect_refused<UnusableFile>(identity, "another byte order");
  write_text(blocks_, "CDF\x01 and what follows");
  expect_refused<UnusableFile>(identity, "is no checkpoint of kgon");
}

// One change of the kinds that disks, copies and people make.
std::string damaged(std::string text, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  if (text.empty()) return "x";
  switch (below(7)) {
    case 0:
      text[below(text.size())] ^= static_cast<char>(1u << below(8));
      return text;
    case 1:
      return text.substr(0, below(text.size()));
    case 2: {  // two parts change places
      const std::size_t size = 1 + below(std::min<std::size_t>(64, text.size()));
      const std::size_t a = below(text.size() - size + 1), b = below(text.size() - size + 1);
      for (std::size_t i = 0; i < size; ++i) std::swap(text[a + i], text[b + i]);
      return text;
    }
    case 3: {  // a sector of zeros
      const std::size_t at = below(text.size());
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min<std::size_t>(512, text.size() - at), '\0');
      return text;
    }
    case 4:
      return text.substr(below(text.size()));
    case 5:
      return text + text.substr(below(text.size()));
    default: {  // a number of eight bytes becomes a huge one
      const std::size_t at = below(text.size());
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min<std::size_t>(8, text.size() - at), '\xff');
      return text;
    }
  }
}

// 10,000 damaged files: what is read is what was written, or less of it, or nothing.
TEST_F(CheckpointFiles, DamagedInAnyWayGiveNothingWrong) {
  write_two_generations();
  const fs::path paths[] = {blocks_, current_, older_};
  std::string sound[3];
  for (int k = 0; k < 3; ++k) sound[k] = read_text(paths[k]);
  const auto expected = all_blocks();
  std::mt19937_64 random(1);
  int refused = 0, older = 0, shorter = 0;
  for (int trial = 0; trial < 10000; ++trial) {
    for (int k = 0; k < 3; ++k) write_text(paths[k], sound[k]);
    const std::uint64_t which = 1 + random() % 7;
    for (unsigned k = 0; k < 3; ++k)
      if ((which >> k) & 1u) write_text(paths[k], damaged(sound[k], random));
    try {
      const Found found = open();
      ASSERT_LE(found.blocks.size(), expected.size() + 3);
      // Blocks copied behind the end are whole, and the same members again.
      for (std::size_t i = 0; i < found.blocks.size(); ++i)
        ASSERT_NE(std::ranges::find(expected, found.blocks[i]), expected.end()) << trial;
      const bool is_current = found.states == std::vector<std::string>{"c"};
      const bool is_older = found.states == std::vector<std::string>{"a", "b"};
      ASSERT_TRUE(is_current || is_older || found.states.empty()) << trial;
      older += is_older;
      if (found.blocks.size() < expected.size()) {
        ++shorter;
        ASSERT_FALSE(found.warnings.empty() && found.seconds > 0) << trial;
      }
    } catch (const UnusableFile&) {
      ++refused;
    }
  }
  std::cout << fmt::format(
      "10,000 damaged checkpoints: {} refused, {} with the older generation, "
      "{} with fewer blocks, none wrong\n",
      refused, older, shorter);
  EXPECT_GT(refused, 200);
  EXPECT_GT(older, 1000);
  EXPECT_GT(shorter, 1000);
}

TEST_F(CheckpointFiles, LeaveBlocksOutUntilTheyCanBeWrittenAgain) {
  Checkpoint checkpoint(output_, identity);
  fs::create_directory(blocks_);  // in the way
  const std::string large(std::size_t{9} << 20, 'x');
  EXPECT_THROW(checkpoint.append(bytes_of(large)), IoError);
  EXPECT_FALSE(checkpoint.append(bytes_of("two")));  // and says nothing
  fs::remove(blocks_);
  checkpoint.write({1, {}});
  EXPECT_TRUE(checkpoint.append(bytes_of("three")));
  checkpoint.write({2, {}});
  EXPECT_EQ(open().blocks, std::vector<std::string>{"three"});
}

TEST_F(CheckpointFiles, ThatCannotBeWrittenLeaveTheGenerationBefore) {
  write_two_generations();
  Checkpoint checkpoint(
      output_, identity,
      {false, [](const StoredBlock&, std::span<const std::byte>) {}, [](const std::string&) {}});
  fs::create_directory(current_.string() + ".part");
  EXPECT_THROW(checkpoint.write({9, {bytes_of("d")}}), IoError);
  EXPECT_EQ(open().states, std::vector<std::string>{"c"});
  fs::remove(current_.string() + ".part");
  checkpoint.write({9, {bytes_of("d")}});
  EXPECT_EQ(open().states, std::vector<std::string>{"d"});
}

}  // namespace
}  // namespace kgon
