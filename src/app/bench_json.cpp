#include <cmath>

#include "app/bench_report.hpp"
#include "engine/bench_flops.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN.
Json gate_json(const Gate& gate) {
  return {{"suite", gate.suite},
          {"name", gate.name},
          {"passed", gate.has_passed},
          {"finding", gate.finding}};
}

// Over all suites; null where the back end measures none.
Json roof_json(const std::vector<SuiteReport>& suites) {
  RoofReport all;
  for (const SuiteReport& report : suites) {
    if (!report.roof) continue;
    all.device = report.roof->device;
    all.flops.insert(all.flops.end(), report.roof->flops.begin(), report.roof->flops.end());
    all.thread_flops.insert(all.thread_flops.end(), report.roof->thread_flops.begin(),
                            report.roof->thread_flops.end());
  }
  if (all.flops.empty()) return nullptr;
  const Spread spread = spread_of(all.flops);
  return {
      {"kernel", all.device.kernel},
      {"instructions", all.device.instructions},
      {"threads", all.device.threads},
      {"gflops_median", spread.median / 1e9},
      {"gflops_min", spread.lowest / 1e9},
      {"gflops_max", spread.highest / 1e9},
      {"gflops_one_thread",
       all.thread_flops.empty() ? Json(nullptr) : Json(spread_of(all.thread_flops).median / 1e9)}};
}

Json effective_json(const TimedCase& timed) {
  return {
      {"rate_without_warmup_median", finite_or_null(timed.rate().median / timed.part_after_warmup)},
      {"rhat", finite_or_null(timed.rhat)},
      {"mixed", is_mixed(timed)}};
}

Json case_json(const SuiteReport& report, const TimedCase& timed) {
  const BenchCase& bench = timed.bench;
  const Spread rate = timed.rate();
  const bool counts_flops = bench.flops > 0;
  Json json = {{"suite", bench.suite},
               {"case", bench.name},
               {"size", bench.size},
               {"samples", bench.samples == 0 ? Json(nullptr) : Json(bench.samples)},
               {"unit", bench.unit},
               {"rate_median", rate.median},
               {"rate_min", rate.lowest},
               {"rate_max", rate.highest},
               {"repeats", timed.rates.size()},
               {"seconds", timed.seconds},
               {"flops_per_unit", counts_flops ? Json(bench.flops) : Json(nullptr)},
               {"exact_gradients_per_unit", bench.exact_gradients},
               {"fraction_of_roof", finite_or_null(report.part_of_roof(timed))},
               {"roof_gflops",
                report.roof ? Json(spread_of(report.roof->flops).median / 1e9) : Json(nullptr)}};
  if (!counts_flops) json.update(effective_json(timed));
  return json;
}

Json left_out_json(const TimedCase& timed) {
  return {{"suite", timed.bench.suite},
          {"case", timed.bench.name},
          {"size", timed.bench.size},
          {"samples", timed.bench.samples == 0 ? Json(nullptr) : Json(timed.bench.samples)},
          {"predicted_seconds", timed.seconds}};
}

Json machine_json(const BenchMachine& machine, const Json& roof) {
  return {{"device", machine.device},
          {"instructions", roof.is_null() ? Json(nullptr) : roof["instructions"]},
          {"threads", roof.is_null() ? Json(nullptr) : roof["threads"]},
          {"version", KGON_VERSION},
          {"precision", machine.precision == Precision::float64 ? "double" : "float"},
          {"hidden", machine.shape.hidden},
          {"features", machine.shape.features},
          {"load_average", machine.load < 0 ? Json(nullptr) : Json(machine.load)}};
}

}  // namespace

Json bench_json(const BenchMachine& machine, const TimingSettings& timing,
                const std::vector<SuiteReport>& suites) {
  const Json roof = roof_json(suites);
  Json json = {{"machine", machine_json(machine, roof)}, {"gates", Json::array()}};
  json["roof"] = roof;
  json["flops"] = flop_rule;
  json["least_seconds"] = timing.seconds;
  json["cases"] = Json::array();
  json["left_out"] = Json::array();
  for (const SuiteReport& report : suites) {
    for (const Gate& gate : report.gates) json["gates"].push_back(gate_json(gate));
    for (const TimedCase& timed : report.cases) {
      if (timed.is_left_out) json["left_out"].push_back(left_out_json(timed));
      if (!timed.is_left_out) json["cases"].push_back(case_json(report, timed));
    }
  }
  return json;
}

}  // namespace kgon
