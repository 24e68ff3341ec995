// The keys themselves. Features and members are stored in 5 and 32 bits further down; the other
// limits only keep products and floats inside their types.
#include <limits>

#include "io/keys.hpp"

namespace kgon {
namespace {

using Text = std::string_view;
constexpr std::int64_t int31 = 2147483647;
// 2^27: beyond it an index is rejected so often that four further words do not settle it.
constexpr std::int64_t most_samples = 134217728;
constexpr std::int64_t int63 = std::numeric_limits<std::int64_t>::max();
constexpr bool sweeps = true;
constexpr bool single = false;
constexpr auto cell = KeyScope::cell;
constexpr auto study = KeyScope::study;
constexpr auto run = KeyScope::run;

struct Use {
  bool sweepable;
  KeyScope scope;
};

struct RealRange {
  double low, high;
  bool open_low, open_high;
};

constexpr RealRange from(double low, double high) {
  return {low, high, false, false};
}
constexpr RealRange above(double low, double high) {
  return {low, high, true, false};
}
constexpr RealRange below(double low, double high) {
  return {low, high, false, true};
}

constexpr Key text(KeyType type, Text table, Text name, Text value, Use use, Text doc) {
  Key key;
  key.table = table;
  key.name = name;
  key.type = type;
  key.default_value = value;
  key.sweepable = use.sweepable;
  key.scope = use.scope;
  key.doc = doc;
  return key;
}

constexpr Key integer(Text table, Text name, Text value, std::int64_t low, std::int64_t high,
                      Text unit, Use use, Text doc) {
  Key key = text(KeyType::integer, table, name, value, use, doc);
  key.low = low;
  key.high = high;
  key.unit = unit;
  return key;
}

constexpr Key real(Text table, Text name, Text value, RealRange range, Text unit, Use use,
                   Text doc) {
  Key key = text(KeyType::real, table, name, value, use, doc);
  key.real_low = range.low;
  key.real_high = range.high;
  key.open_low = range.open_low;
  key.open_high = range.open_high;
  key.unit = unit;
  return key;
}

constexpr Key words(KeyType type, Text table, Text name, Text value, Text choices, Use use,
                    Text doc) {
  Key key = text(type, table, name, value, use, doc);
  key.choices = choices;
  return key;
}

constexpr Key choice(Text table, Text name, Text value, Text choices, Use use, Text doc) {
  return words(KeyType::choice, table, name, value, choices, use, doc);
}

constexpr Key key_table[] = {
    integer("", "features", "6", 2, 31, "", {single, cell},
            "features c: columns of W; `kgon version` lists the models"),
    integer("", "hidden", "2", 1, 16, "", {single, cell},
            "hidden dimensions r: rows of W; `kgon version` lists the models"),
    integer("", "seed", "1", 0, int63, "", {single, study}, "seed of every random number"),
    text(KeyType::device, "", "device", "auto", {single, run},
         "where to run; auto takes CUDA where there is a device"),
    integer("", "threads", "0", 0, 4096, "", {single, run}, "CPU threads; 0 takes one per core"),
    choice("", "instructions", "auto", "auto|baseline|avx2|avx512", {single, run},
           "CPU instruction set; auto takes the widest this machine has"),
    choice("", "precision", "float", "float|double", {single, study},
           "arithmetic of trajectories and chains"),
    real("", "max-failed", "0.1", from(0, 1), "fraction", {single, run},
         "exit with code 3 when more than this part of the members failed"),
    real("", "phase-vertex", "0.5", above(0, 1), "fraction", {single, study},
         "a firing column is a vertex above this part of the longest one"),
    real("", "phase-length", "0.25", above(0, 1), "fraction", {single, study},
         "vertices have the length of the k-gon's within this part of it"),
    real("", "phase-angle", "0.3", above(0, 1), "fraction", {single, study},
         "neighbouring vertices are 2 pi / k apart within this part of it"),
    real("", "phase-bias", "0.5", above(0, 1), "fraction", {single, study},
         "a dead column counts as positive above this part of 1 / (2 c)"),
    real("", "phase-loss", "0.45", above(0, 100), "fraction", {single, study},
         "on a plateau the loss is the level's within this part of 1 / (4 c^2)"),
    real("", "phase-gradient", "0.05", above(0, 100), "", {single, study},
         "on a plateau the norm of the population gradient is at most this"),

    words(KeyType::point, "train", "init", "4", "random", {sweeps, cell},
          "start: a phase label (4, 5+, 4++-), random, or FILE.nc (a train result or a file of "
          "points)"),
    real("train", "init-noise", "0.01", from(0, 100), "", {sweeps, cell},
         "standard deviation of the noise on a label's or a file's point"),
    real("train", "init-scale", "1", above(0, 100), "", {sweeps, cell},
         "standard deviation of every parameter for init = random"),
    real("train", "dead-bias", "0", from(-100, 0), "", {sweeps, cell},
         "bias of a label's dead columns"),
    integer("train", "trajectories", "1000", 1, int31, "per cell", {single, study},
            "members of each cell"),
    integer("train", "samples", "1000", 1, most_samples, "", {sweeps, cell},
            "size n of a data set"),
    choice("train", "dataset", "own", "own|shared|population", {sweeps, cell},
           "own: one per trajectory; shared: one per cell; population: exact gradient descent"),
    integer("train", "batch", "20", 1, most_samples, "samples", {sweeps, cell},
            "samples per step, at most samples"),
    real("train", "lr", "0.005", above(0, 1000), "", {sweeps, cell}, "learning rate"),
    real("train", "epochs", "4500", above(0, 4e9), "passes over the data", {sweeps, study},
         "length of a trajectory; one step each for dataset = population"),
    choice("train", "batching", "shuffle", "shuffle|replacement", {sweeps, cell},
           "a fresh permutation every epoch, or independent draws"),
    integer("train", "records", "200", 2, 1000000, "per trajectory", {single, study},
            "snapshots, the first and the last step among them"),
    choice("train", "record-spacing", "log", "log|linear", {single, study},
           "how the snapshots are spread over the steps"),
    integer("train", "classify-every", "100", 1, int31, "steps", {single, study},
            "steps between two looks at the phase"),
    choice("train", "keep-parameters", "all", "none|final|all", {single, study},
           "which snapshots keep their parameters in the result"),

    words(KeyType::point, "llc", "at", "5", "train", {sweeps, cell},
          "points: a phase label, FILE.nc (a train result or a file of points), or train, the "
          "train stage of the same run"),
    choice("llc", "at-records", "all", "all|final|plateau", {single, study},
           "records of a train result: all, the last of each trajectory, those on a plateau"),
    words(KeyType::phase, "llc", "at-phase", "any", "any|other", {single, study},
          "only records with this label"),
    integer("llc", "at-every", "1", 1, int31, "", {single, study},
            "take every k-th of a trajectory's chosen records"),
    integer("llc", "at-record", "-1", -1, int31, "", {single, study},
            "only the record with this index, from 0; -1 takes any"),
    integer("llc", "at-trajectory", "-1", -1, int31, "", {single, study},
            "only the trajectory with this index, from 0; -1 takes any"),
    integer("llc", "at-trajectories", "0", 0, int31, "per cell", {single, study},
            "only the first trajectories of each cell; 0 takes all"),
    real("llc", "dead-bias", "-1", below(-100, 0), "", {sweeps, cell},
         "bias of a label's dead columns"),
    integer("llc", "samples", "5000", 2, most_samples, "", {sweeps, cell},
            "size n of the data set; records of a train result keep their own"),
    choice("llc", "dataset", "sampled", "sampled|population", {sweeps, cell},
           "sampled: the loss L_n of a data set; population: the exact loss L"),
    real("llc", "nbeta", "0", from(0, 1e12), "samples", {sweeps, cell},
         "n times the inverse temperature; 0 takes n / log n (devinterp: batch / log batch)"),
    real("llc", "nbeta-scale", "1", above(0, 1e6), "", {sweeps, cell},
         "factor on nbeta, given or found"),
    real("llc", "gamma", "1", from(0, 1e12), "", {sweeps, cell},
         "localization: gamma / 2 times the squared distance to the point adds to the energy"),
    choice("llc", "sampler", "langevin", "langevin|mala|hmc|sgld", {sweeps, cell},
           "full-batch Langevin, the same with a Metropolis test, HMC, minibatch Langevin"),
    choice("llc", "estimator", "exact", "exact|devinterp", {single, cell},
           "exact: the loss of a draw is L_n; devinterp: its minibatch loss (sgld only)"),
    integer("llc", "batch", "20", 1, most_samples, "samples", {sweeps, cell},
            "samples per step of sgld"),
    real("llc", "step-size", "0", from(0, 1000), "", {sweeps, cell},
         "epsilon; 0 takes it from the curvature at the point and tunes it for mala and hmc"),
    real("llc", "step-scale", "1", above(0, 1e6), "", {sweeps, cell},
         "factor on the step size, given or found"),
    integer("llc", "leapfrogs", "8", 1, 1024, "", {single, cell},
            "hmc: a step has 1 to so many leapfrogs, drawn anew each time"),
    integer("llc", "chains", "16", 1, 1000000, "per point", {single, study}, "chains"),
    integer("llc", "burn-in", "2000", 0, int31, "steps", {single, study}, "before the first draw"),
    integer("llc", "draws", "2000", 4, int31, "per chain", {single, study}, "draws"),
    integer("llc", "thin", "10", 1, 1000000, "steps", {single, study}, "from draw to draw"),
    integer("llc", "classify-every", "10", 0, int31, "draws", {single, study},
            "between two looks at a chain's phase; 0 never looks"),
    real("llc", "reject-below", "0.05", from(0, 1), "fraction", {single, study},
         "exact estimator: leave out chains with more of their draws below the loss of the point"),
    choice("llc", "check-bias", "no", "no|yes", {single, study},
           "run unadjusted chains again at half the step size"),
    choice("llc", "keep-losses", "auto", "auto|none|all", {single, study},
           "of every draw in the result; auto: where the study has no more than 4,000,000 draws"),

    integer("sample", "samples", "1000", 1, most_samples, "", {sweeps, cell},
            "size n of a data set: the grid along which phases change"),
    integer("sample", "datasets", "1", 1, 10000, "per n", {single, study},
            "independent data sets; a smaller n takes the first samples of a larger one"),
    choice("sample", "dataset", "sampled", "sampled|population", {sweeps, cell},
           "sampled: the loss L_n of a data set; population: the exact loss L"),
    real("sample", "beta", "1", above(0, 1e6), "", {sweeps, cell},
         "inverse temperature: 1 is the free energy of arXiv 2310.06301, 1/2 a Gaussian likelihood "
         "of unit variance"),
    real("sample", "prior-scale", "1", above(0, 1e3), "", {sweeps, cell},
         "standard deviation of every parameter under the prior"),
    choice("sample", "sampler", "smc", "smc|tempering|hmc|nuts", {single, cell},
           "smc, from the prior to the posterior, and tempering, chains that exchange places along "
           "a ladder in n, weigh the modes; hmc and nuts explore those that they start in"),
    words(KeyType::phase, "sample", "init", "prior", "prior|uniform", {single, cell},
          "hmc, nuts: chains start from the prior, uniformly on (-2, 2), or at a phase label"),
    integer(
        "sample", "islands", "16", 1, 65536, "per posterior", {single, study},
        "independent populations; standard errors are from their spread, of hmc and nuts from that "
        "of all chains"),
    integer("sample", "particles", "2048", 16, 16777216, "per island", {single, cell}, "particles"),
    real("sample", "ess", "0.9", below(0.5, 1), "fraction", {single, cell},
         "conditional effective sample size of a stage, part of the particles"),
    integer("sample", "moves", "2", 1, 1000, "per stage or round", {single, cell},
            "smc, tempering: Hamiltonian steps of every particle or chain"),
    integer("sample", "leapfrogs", "16", 1, 1024, "", {single, cell},
            "not nuts: a Hamiltonian step has 1 to so many leapfrogs, drawn anew each time"),
    integer("sample", "chains", "16", 1, 65536, "per island", {single, cell},
            "tempering: ladders, each with a chain on every rung; hmc, nuts: chains"),
    integer("sample", "warmup", "500", 0, 1000000, "rounds or steps", {single, cell},
            "before the first that counts; step sizes adapt in them, and the metrics of nuts"),
    integer("sample", "rounds", "2000", 4, 1000000, "", {single, cell},
            "tempering: rounds that count, each with its moves and a try to swap"),
    real("sample", "ladder-ratio", "1.4", above(1, 100), "", {single, cell},
         "tempering: largest ratio of neighbouring n; rungs are put between those of the grid, up "
         "to "
         "1000 in all"),
    integer("sample", "draws", "100", 0, 16777216, "", {single, study},
            "what the result keeps, 0 for nothing; smc: particles of each island, at most all; "
            "tempering: states of each chain, at most as many as rounds; hmc, nuts: of each chain"),
    integer("sample", "thin", "1", 1, 1000000, "steps", {single, study},
            "hmc, nuts: from draw to draw"),
    real("sample", "target-acceptance", "0.8", above(0, 0.999), "", {single, cell},
         "hmc, nuts: mean acceptance that step sizes are steered to"),
    integer("sample", "max-depth", "10", 1, 14, "", {single, cell},
            "nuts: a trajectory has fewer than 2^max-depth leapfrogs"),
};

}  // namespace

std::span<const Key> all_keys() {
  return key_table;
}

}  // namespace kgon
