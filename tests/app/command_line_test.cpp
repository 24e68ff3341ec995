// The program from outside: exit codes, what is on stdout and stderr, what is on the disk.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "app/program.hpp"
#include "io/netcdf_file.hpp"

namespace kgon::test {
namespace {

struct Wrong {
  const char* name;
  Arguments arguments;
  std::vector<std::string> message;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongArguments : public CommandLine, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongArguments, ExitWithTwoAndOneSentence) {
  write("s.toml", "seed = 1\n[train]\nepoch = 3\n");
  write("top.toml", "seed = 1\n");
  write("good.toml", "device = \"cpu\"\n[train]\n");
  const Result result = run(GetParam().arguments);
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(result.err.starts_with("kgon: ")) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& part : GetParam().message)
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " is not in: " << result.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(work_), fs::directory_iterator()), 3);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongArguments,
    testing::Values(
        Wrong{"NoCommand", {"--quiet"}, {"--quiet", "kgon --help"}},
        Wrong{"Command", {"trian"}, {"trian", "'train'"}},
        Wrong{"Flag", {"train", "--epoch", "3", "-o", "x.nc"}, {"--epoch", "'--epochs'"}},
        Wrong{"FlagWithEquals", {"train", "--epoch=3", "-o", "x.nc"}, {"--epoch", "'--epochs'"}},
        Wrong{"UnknownFlag", {"train", "--restart", "-o", "x.nc"}, {"--restart", "no such flag"}},
        Wrong{"ShortFlag", {"train", "-x", "-o", "x.nc"}, {"-x"}},
        Wrong{"FlagBeforeTheCommand",
              {"--seed", "1", "train", "-o", "x.nc"},
              {"--seed", "behind the command", "kgon train --seed"}},
        Wrong{"FlagOfOther", {"digest", "--lr", "1", "x.nc"}, {"--lr", "no such flag"}},
        Wrong{"NoValue", {"train", "-o", "x.nc", "--lr"}, {"--lr"}},
        Wrong{"TwoOutputs", {"train", "-o", "x.nc", "-o", "y.nc"}, {"--output"}},
        Wrong{"NoOutput", {"train", "top.toml"}, {"-o FILE.nc is missing"}},
        Wrong{"NoDirectory", {"run", "top.toml"}, {"-o DIR is missing"}},
        Wrong{"FileForDirectory",
              {"run", "good.toml", "-o", "x.nc"},
              {"x.nc", "into a directory", "without .nc"}},
        Wrong{"NoStudy", {"run", "-o", "out"}, {"STUDY", "kgon run --help"}},
        Wrong{"EmptyStudy", {"train", "", "-o", "x.nc"}, {"empty"}},
        Wrong{"MissingStudy", {"train", "no.toml", "-o", "x.nc"}, {"no.toml", "cannot be read"}},
        Wrong{"StudyKey", {"train", "s.toml", "-o", "x.nc"}, {"s.toml:3: train.epoch", "'epochs'"}},
        Wrong{"StudyKeyInRun", {"run", "s.toml", "-o", "out"}, {"s.toml:3: train.epoch"}},
        Wrong{"NoStage", {"run", "top.toml", "-o", "out"}, {"top.toml", "[train]"}},
        Wrong{"Range", {"train", "--batch", "0", "-o", "x.nc"}, {"--batch", "from 1"}},
        Wrong{
            "Twice", {"train", "--seed", "1", "--seed", "2", "-o", "x.nc"}, {"--seed", "2 times"}},
        Wrong{"Brackets", {"train", "--lr=[1,2]", "-o", "x.nc"}, {"--lr", "'[1'"}},
        Wrong{"Shard", {"train", "--shard", "3/3", "-o", "x.nc"}, {"--shard", "3/3"}},
        Wrong{"EmptyShard", {"train", "--shard", "", "-o", "x.nc"}, {"--shard", "''"}},
        Wrong{"Model", {"train", "--features", "31", "-o", "x.nc"}, {"2x31", "KGON_MODELS"}},
        Wrong{"OutputNowhere", {"train", "-o", "no/x.nc"}, {"no/x.nc", "no directory"}},
        Wrong{"OutputIsDirectory", {"train", "-o", "."}, {"-o ."}},
        Wrong{"OutputIsStudy", {"train", "top.toml", "-o", "top.toml"}, {"overwrite", "top.toml"}},
        Wrong{"OutputIsUrl", {"train", "-o", "http://a/b.nc"}, {"URL"}},
        Wrong{"OutputBelowFile", {"run", "s.toml", "--lr", "1", "-o", "top.toml/x"}, {"s.toml:3"}},
        Wrong{"TooManyWords", {"train", "top.toml", "top.toml", "-o", "x.nc"}, {"top.toml"}},
        Wrong{"MergeNoOutput", {"merge", "a.nc", "b.nc"}, {"-o FILE.nc is missing"}},
        Wrong{"DigestOfNothing", {"digest"}, {"FILE"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(CommandLine, WithoutArgumentsItIsWrongUseAndHelp) {
  const Result nothing = run({});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_EQ(nothing.err, run({"--help"}).out);
}

TEST_F(CommandLine, SaysItsVersion) {
  const Result version = run({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(run({"version"}).out.starts_with(version.out)) << version.out;
  EXPECT_NE(run({"run", "--help"}).out.find("run [OPTIONS] STUDY"), std::string::npos);
}

TEST_F(CommandLine, HelpNamesEveryCommandAndKey) {
  const Result help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* command : {"run", "train", "llc", "sample", "critical-points", "merge", "digest",
                              "devices", "bench", "keys", "version"})
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  const Result train = run({"train", "--help"});
  EXPECT_EQ(train.status, 0);
  for (const char* flag : {"--lr", "--max-failed", "--keep-parameters", "--shard", "--dry-run"})
    EXPECT_NE(train.out.find(flag), std::string::npos) << flag;
  EXPECT_EQ(train.err, "");
}

TEST_F(CommandLine, DryRunWritesNothing) {
  const Result text = run(small_train({"--dry-run", "-o", "x.nc"}));
  EXPECT_EQ(text.status, 0) << text.err;
  for (const char* part : {"trajectories = 20", "# cells", "# memory", "# work"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part;
  EXPECT_TRUE(is_empty());
  const Result json = run(small_train({"--dry-run", "--json", "--lr", "0.1,0.2"}));
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document.at("cells"), 2);
  EXPECT_EQ(document.at("members"), 40);
  EXPECT_EQ(document.at("steps"), 2 * 20 * 4 * 5);
  EXPECT_TRUE(is_empty());
  write("s.toml", "device = \"cpu\"\n[train]\n");
  EXPECT_EQ(run({"run", "s.toml", "--dry-run", "-o", "out"}).status, 0);
  EXPECT_FALSE(fs::exists(work_ / "out"));
}

TEST_F(CommandLine, DryRunIsAStudy) {
  const Result first = run(small_train({"--dry-run", "--init", "4,random"}));
  write("s.toml", first.out);
  const Result second = run({"train", "s.toml", "--dry-run"});
  EXPECT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(first.out, second.out);
}

TEST_F(CommandLine, TrainPutsOneDocumentOnStdout) {
  const Result result = run(small_train({"--json", "--init", "4,5+", "-o", "x.nc"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");  // no terminal, so no progress line
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json.at("cells").size(), 2u);
  const auto& cell = json.at("cells").at(1);
  EXPECT_EQ(cell.at("init"), "5+");
  EXPECT_EQ(cell.at("trajectories"), 20);
  EXPECT_EQ(cell.at("steps"), 20);
  for (const char* name : {"final_phases", "visited", "transitions", "on_plateau_fraction",
                           "failed", "steps_per_s", "settings"})
    EXPECT_TRUE(cell.contains(name)) << name;
  const Result digest = run({"digest", "x.nc", "--json"});
  EXPECT_EQ(nlohmann::json::parse(digest.out).at("digest"), json.at("digest"));
  EXPECT_EQ(run({"digest", "x.nc"}).out, json.at("digest").get<std::string>() + "\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(work_), fs::directory_iterator()), 1);
}

TEST_F(CommandLine, QuietSaysNothing) {
  const Result result = run(small_train({"--quiet", "-o", "x.nc"}));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_TRUE(fs::exists(work_ / "x.nc"));
}

TEST_F(CommandLine, TableFitsAHundredColumns) {
  const Result result = run(small_train({"--init", "4,random", "--lr", "0.1,0.2", "-o", "x.nc"}));
  EXPECT_EQ(result.status, 0) << result.err;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_NE(result.out.find("init random   lr 0.2"), std::string::npos) << result.out;
}

TEST_F(CommandLine, TheRateIsThatOfTheWholeRun) {
  const Arguments sweep = small_train({"--lr", "0.1,0.2", "-o", "x.nc"});
  const std::string table = run(sweep).out;
  EXPECT_EQ(table.find("steps/s"), table.rfind("steps/s")) << table;
  EXPECT_NE(table.find("steps/s"), std::string::npos) << table;
  Arguments document = sweep;
  document.push_back("--json");
  const auto json = nlohmann::json::parse(run(document).out);
  for (const auto& cell : json.at("cells"))
    EXPECT_EQ(cell.at("steps_per_s"), json.at("steps_per_s"));
}

TEST_F(CommandLine, NumbersAgreeWithTheirNouns) {
  const Result one = run({"train", "--device", "cpu", "--trajectories", "1", "--dataset",
                          "population", "--epochs", "1", "-o", "x.nc"});
  EXPECT_NE(one.out.find("1 trajectory of 1 step\n"), std::string::npos) << one.out;
  EXPECT_NE(one.out.find("1 trajectory in 1 cell, 0 failed"), std::string::npos) << one.out;
}

TEST_F(CommandLine, OtherHiddenDimensionsHaveNoPhases) {
  if (run({"version"}).out.find("3x6") == std::string::npos) GTEST_SKIP() << "no 3x6 is built in";
  const Result result = run(small_train({"--hidden", "3", "--init", "random", "-o", "x.nc"}));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("phases: none"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("plateau"), std::string::npos) << result.out;
}

TEST_F(CommandLine, RunWritesItsThreeFiles) {
  write("s.toml",
        "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 5\nepochs = 2\nsamples = 100\n"
        "records = 3\n");
  const Result result = run({"run", "s.toml", "-o", "a/b", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out),
            nlohmann::json::parse(read_file(work_ / "a/b/summary.json")));
  EXPECT_EQ(nlohmann::json::parse(result.out).at("train").at("cells").size(), 1u);
  EXPECT_TRUE(fs::exists(work_ / "a/b/train.nc"));
  // The resolved study gives the same result, also into its own directory.
  const Result again = run({"run", "a/b/study.toml", "-o", "a/b", "--json"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(nlohmann::json::parse(again.out).at("train").at("digest"),
            nlohmann::json::parse(result.out).at("train").at("digest"));
  write("study.toml", read_file(work_ / "s.toml"));
  EXPECT_EQ(run({"run", "study.toml", "-o", "."}).status, 2);
  EXPECT_EQ(read_file(work_ / "study.toml"), read_file(work_ / "s.toml"));
}

TEST_F(CommandLine, RunEndsWithTheCommandForAReport) {
  write("s.toml", "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 5\nepochs = 2\n");
  const auto end_of = [&](const std::string& directory) {
    const std::string out = run({"run", "s.toml", "-o", directory}).out;
    const std::size_t start = out.rfind("study   ");
    return start == std::string::npos ? out : out.substr(start);
  };
  EXPECT_EQ(end_of("out"),
            "study   out/study.toml\nsummary out/summary.json\n"
            "report  tools/report out -o out/report.html\n");
  EXPECT_NE(end_of("it's mine")
                .find("report  tools/report 'it'\\''s mine' -o 'it'\\''s mine/report.html'\n"),
            std::string::npos);
}

TEST_F(CommandLine, ASummaryBelongsToTheFilesBesideIt) {
  const std::string study =
      "device = \"cpu\"\nthreads = 1\n[train]\ntrajectories = 5\nepochs = 2\nrecords = 3\n";
  write("s.toml", study);
  ASSERT_EQ(run({"run", "s.toml", "-o", "out", "--quiet"}).status, 0);
  const auto written = [this](const char* name) { return fs::last_write_time(work_ / name); };
  EXPECT_LE(written("out/study.toml"), written("out/train.nc"));
  EXPECT_LE(written("out/train.nc"), written("out/summary.json"));
  // A run that ends between its first and its last file, here for want of a place for train.nc.
  const pid_t child =
      start({"run", "s.toml", "--epochs", "40000", "-o", "out", "--quiet", "--overwrite"});
  while (!fs::exists(work_ / "out/train.nc.part")) std::this_thread::yield();
  fs::remove(work_ / "out/train.nc");
  fs::create_directory(work_ / "out/train.nc");
  EXPECT_EQ(finish(child).status, 70);
  EXPECT_NE(read_file(work_ / "out/study.toml").find("epochs = 40000"), std::string::npos);
  EXPECT_FALSE(fs::exists(work_ / "out/summary.json"));
}

TEST_F(CommandLine, ShardsMergeToTheWhole) {
  const std::string whole =
      nlohmann::json::parse(run(small_train({"--json", "-o", "w.nc"})).out).at("digest");
  for (const char* shard : {"0/3", "1/3", "2/3"})
    ASSERT_EQ(
        run(small_train({"--quiet", "--shard", shard, "-o", std::string("s") + shard[0] + ".nc"}))
            .status,
        0);
  const Result merged = run({"merge", "s2.nc", "s0.nc", "s1.nc", "-o", "m.nc", "--json"});
  ASSERT_EQ(merged.status, 0) << merged.err;
  EXPECT_EQ(nlohmann::json::parse(merged.out).at("digest"), whole);
  EXPECT_EQ(run({"merge", "s0.nc", "s2.nc", "-o", "n.nc"}).status, 65);
  EXPECT_FALSE(fs::exists(work_ / "n.nc"));
  EXPECT_EQ(run({"merge", "s0.nc", "s1.nc", "s2.nc", "-o", "s0.nc"}).status, 2);
}

TEST_F(CommandLine, SaysWhatIsMeant) {
  write("llc.toml", "[llc]\nat = \"train\"\n");
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    const auto result = run(arguments);
    EXPECT_EQ(result.status, 2);
    return result.err;
  };
  const auto says = [](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  // A study of another stage is not run with the defaults of this one.
  says(refusal({"train", "llc.toml", "-o", "x.nc"}), "llc.toml: has no table [train]");
  says(refusal({"sample", "llc.toml", "-o", "x.nc"}), "llc.toml: has no table [sample]");
  says(refusal({"run", "llc.toml", "-o", "d"}), "add a table [train] and use kgon run");
  says(refusal({"run", "llc.toml", "-o", "d", "--llc-gamma", "3"}),
       "only [llc] has this key, and its flag is --gamma");
  says(refusal({"run", "llc.toml", "-o", "d", "--samples", "3"}),
       "has no table [train]; that of [llc] is --llc-samples");
  says(refusal({"train", "--features", "7", "-o", "x.nc"}), "PRESET being cpu-release or");
  write("damaged.nc", "this is no NetCDF file");
  const auto damaged = run({"digest", "damaged.nc"});
  EXPECT_EQ(damaged.status, 65);
  says(damaged.err, "cannot be opened as a NetCDF file, or it is damaged");
}

TEST_F(CommandLine, StartsFromAnEarlierResult) {
  ASSERT_EQ(run(small_train({"--quiet", "-o", "x.nc"})).status, 0);
  EXPECT_EQ(run(small_train({"--quiet", "--init", "x.nc", "-o", "y.nc"})).status, 0);
  EXPECT_EQ(run(small_train({"--init", "x.nc", "-o", "x.nc"})).status, 2);
  EXPECT_EQ(run(small_train({"--init", "z.nc", "-o", "y.nc"})).status, 65);
}

TEST_F(CommandLine, UnusableInputsExitWith65) {
  write("x.nc", "no result");
  for (const Arguments& arguments : std::vector<Arguments>{
           {"digest", "x.nc"}, {"digest", "none.nc"}, {"merge", "x.nc", "-o", "y.nc"}}) {
    const Result result = run(arguments);
    EXPECT_EQ(result.status, 65) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

TEST_F(CommandLine, CudaWithoutADeviceExitsWith69) {
  if (run({"devices"}).out.find("cuda:0") != std::string::npos) GTEST_SKIP() << "there is a GPU";
  const Result result = run({"train", "--device", "cuda", "-o", "x.nc"});
  EXPECT_EQ(result.status, 69);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(is_empty());
}

TEST_F(CommandLine, AutoSaysOnceThatItTakesTheCpu) {
  if (run({"devices"}).out.find("cuda:0") != std::string::npos) GTEST_SKIP() << "there is a GPU";
  const Arguments arguments{"train", "--trajectories", "1", "--epochs", "1", "-o", "x.nc"};
  const Result result = run(arguments);
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("CUDA"), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  Arguments quiet = arguments;
  quiet.push_back("--quiet");
  EXPECT_EQ(run(quiet).err, "");
  Arguments dry = arguments;
  dry.push_back("--dry-run");
  EXPECT_EQ(run(dry).err, "");
}

TEST_F(CommandLine, ManyFailuresExitWithThree) {
  const Arguments wild{"--lr", "1000", "--init", "random", "--init-scale", "10", "-o", "x.nc"};
  const Result result = run(small_train(wild));
  EXPECT_EQ(result.status, 3) << result.out << result.err;
  EXPECT_NE(result.err.find("max-failed"), std::string::npos);
  Arguments tolerant = wild;
  tolerant.insert(tolerant.end(), {"--max-failed", "1", "--quiet"});
  EXPECT_EQ(run(small_train(tolerant)).status, 0);
}

// W and b of 4,096 points, every hundredth of them far out.
void write_points_with_far_ones(const std::string& path) {
  constexpr std::size_t points = 4096;
  NetcdfFile file = NetcdfFile::create(path);
  const int walker = file.define_dimension(file.root(), "walker", points);
  const int hidden = file.define_dimension(file.root(), "hidden", 2);
  const int feature = file.define_dimension(file.root(), "feature", 6);
  const int of_weights[] = {walker, hidden, feature}, of_biases[] = {walker, feature};
  const int weights = file.define_variable(file.root(), "W", NC_DOUBLE, of_weights);
  const int biases = file.define_variable(file.root(), "b", NC_DOUBLE, of_biases);
  file.end_definitions();
  std::vector<double> values(points * 12, 0.1);
  for (std::size_t k = 0; k < values.size(); ++k)
    if (k / 12 % 100 == 7) values[k] = 100;
  file.write(file.root(), weights, {{0, 0, 0}, {points, 2, 6}}, values.data());
  const std::vector<double> zeros(points * 6, 0.0);
  file.write(file.root(), biases, {{0, 0}, {points, 6}}, zeros.data());
  file.close();
}

TEST_F(CommandLine, FortyOneOf4096FailuresAreCounted) {
  write_points_with_far_ones((work_ / "points.nc").string());
  const Arguments arguments{"train",     "--device",       "cpu",  "--init",
                            "points.nc", "--lr",           "0.1",  "--epochs",
                            "4",         "--samples",      "100",  "--records",
                            "2",         "--trajectories", "4096", "--max-failed",
                            "0.01",      "--json",         "-o",   "x.nc"};
  const Result result = run(arguments);
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("41 of 4096 members failed"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("\"failed\": 41"), std::string::npos) << result.out;
}

TEST_F(CommandLine, FractionsSayOfWhomTheyAre) {
  const Arguments wild{"--lr", "0.3", "--init", "random", "--init-scale", "2", "--max-failed", "1"};
  Arguments arguments = small_train(wild);
  arguments.insert(arguments.end(), {"-o", "x.nc", "--json"});
  const auto cell = nlohmann::json::parse(run(arguments).out).at("cells").at(0);
  ASSERT_GT(cell.at("failed").get<int>(), 0);
  ASSERT_GT(cell.at("finished").get<int>(), 0);
  arguments.pop_back();
  const std::string table = run(arguments).out;
  const std::string of = "of " + cell.at("finished").dump() + " finished   ";
  EXPECT_NE(table.find("final phases  " + of), std::string::npos) << table;
  EXPECT_NE(table.find("on a plateau  " + of), std::string::npos) << table;
}

TEST_F(CommandLine, GoesOnWithTheThreadsThatThereAre) {
  const auto no_room_for_stacks = [] {
    rlimit limit{};
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, rlim_t{1} << 44);
    setrlimit(RLIMIT_STACK, &limit);
  };
  const Result result =
      run({"train", "--device", "cpu", "--threads", "64", "--trajectories", "2000", "--epochs", "1",
           "--samples", "100", "--records", "2", "--quiet", "-o", "x.nc"},
          no_room_for_stacks);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
}

TEST_F(CommandLine, FeaturesThatTheCatalogueDoesNotHaveAreWrongUse) {
  const Result result = run({"critical-points", "--features", "2"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("3 to 35"), std::string::npos) << result.err;
  EXPECT_TRUE(result.out.empty());
}

TEST_F(CommandLine, InfoCommandsPrintJson) {
  EXPECT_TRUE(nlohmann::json::parse(run({"version", "--json"}).out).contains("models"));
  const auto devices = nlohmann::json::parse(run({"devices", "--json"}).out);
  EXPECT_GE(devices.at("devices").size(), 1u);
  // With a GPU, or with the reason why there is none.
  const std::string list = run({"devices"}).out;
  EXPECT_EQ(devices.at("no_cuda_device").is_null(),
            list.find("\nno CUDA device: ") == std::string::npos)
      << list;
  EXPECT_TRUE(list.find("cuda:0") != std::string::npos ||
              devices.at("no_cuda_device").get<std::string>().size() > 5);
  EXPECT_EQ(nlohmann::json::parse(run({"critical-points", "--json"}).out).at("points").size(), 18u);
  EXPECT_NE(run({"keys", "--markdown"}).out.find("| `lr` |"), std::string::npos);
}

}  // namespace
}  // namespace kgon::test
