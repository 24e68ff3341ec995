#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "app/bench_report.hpp"
#include "app/text_table.hpp"
#include "io/short_text.hpp"

namespace kgon {
namespace {

// 65536 as 65,536.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

// The columns of the lines that `cases` points at, and their cells.
class Lines {
 public:
  explicit Lines(std::vector<const TimedCase*> cases) : cases_(std::move(cases)) {}

  void add(const std::string& header, Align align,
           const std::function<std::string(const TimedCase&)>& cell) {
    std::vector<std::string> cells;
    for (const TimedCase* timed : cases_) cells.push_back(cell(*timed));
    table_.add(header, std::move(cells), align);
  }
  void add_workload() {
    add("workload", Align::left, [](const TimedCase& t) { return t.bench.name; });
    add("n", Align::right,
        [](const TimedCase& t) { return t.bench.samples == 0 ? "L" : grouped(t.bench.samples); });
    add("members", Align::right, [](const TimedCase& t) { return grouped(t.bench.size); });
  }
  // Of a rate in units per second.
  void add_rate(const std::string& header, const std::function<double(const TimedCase&)>& rate) {
    add(header, Align::right, [&](const TimedCase& t) {
      return t.is_left_out || std::isnan(rate(t)) ? "-" : short_number(rate(t));
    });
  }
  void add_spread() {
    add_rate("lowest", [](const TimedCase& t) { return t.rate().lowest; });
    add_rate("highest", [](const TimedCase& t) { return t.rate().highest; });
  }
  std::string text() const { return table_.text(2); }

 private:
  std::vector<const TimedCase*> cases_;
  TextTable table_;
};

bool has_rhat(const TimedCase& timed) {
  return timed.bench.flops == 0;
}

std::vector<const TimedCase*> chosen(const SuiteReport& report, bool effective) {
  std::vector<const TimedCase*> cases;
  for (const TimedCase& timed : report.cases)
    if (!timed.is_left_out && has_rhat(timed) == effective) cases.push_back(&timed);
  return cases;
}

std::string rates_text(const SuiteReport& report) {
  Lines lines(chosen(report, false));
  lines.add_workload();
  lines.add("unit", Align::left, [](const TimedCase& t) { return t.bench.unit; });
  lines.add_rate("units/s", [](const TimedCase& t) { return t.rate().median; });
  lines.add_spread();
  if (report.suite != "train")
    lines.add_rate("gradients/s", [](const TimedCase& t) {
      return t.bench.exact_gradients > 0 ? t.bench.exact_gradients * t.rate().median : NAN;
    });
  lines.add("flops", Align::right,
            [](const TimedCase& t) { return fmt::format("{:.0f}", t.bench.flops); });
  if (report.roof)
    lines.add("of roof", Align::right, [&](const TimedCase& t) {
      return fmt::format("{:.1f} %", 100 * report.part_of_roof(t));
    });
  return lines.text();
}

std::string effective_text(const SuiteReport& report) {
  const std::vector<const TimedCase*> cases = chosen(report, true);
  if (cases.empty()) return "";
  Lines lines(cases);
  lines.add_workload();
  lines.add_rate("effective samples/s", [](const TimedCase& t) { return t.rate().median; });
  lines.add_spread();
  lines.add_rate("without warm-up",
                 [](const TimedCase& t) { return t.rate().median / t.part_after_warmup; });
  lines.add("R-hat", Align::right, [](const TimedCase& t) {
    if (std::isnan(t.rhat)) return std::string("-");
    return fmt::format("{:.3f}{}", t.rhat, is_mixed(t) ? "" : " not mixed");
  });
  return "\n" + lines.text();
}

// Of every workload the smallest size that was left out; the larger ones were too.
std::string left_out_text(const SuiteReport& report) {
  std::string text;
  const TimedCase* before = nullptr;
  for (const TimedCase& timed : report.cases) {
    if (timed.is_left_out && (before == nullptr || !before->is_left_out))
      text += fmt::format("    {}, n = {}, from {} members on ({} a run)\n", timed.bench.name,
                          timed.bench.samples == 0 ? "L" : grouped(timed.bench.samples),
                          grouped(timed.bench.size), short_time(timed.seconds));
    before = &timed;
  }
  return text.empty() ? text
                      : "\n  left out, because they take long; --sizes has them timed:\n" + text;
}

std::string roof_text(const SuiteReport& report) {
  if (report.cases.empty()) return "";
  if (!report.roof) return "  roof: none, this back end has no kernel that measures one\n";
  const RoofReport& roof = *report.roof;
  const Spread all = spread_of(roof.flops);
  const std::string one =
      roof.thread_flops.empty()
          ? ""
          : fmt::format(", {:.0f} on one alone", spread_of(roof.thread_flops).median / 1e9);
  return fmt::format(
      "  roof: {:.0f} GFLOP/s ({:.0f} to {:.0f}) on {}{};\n"
      "        {} ({})\n",
      all.median / 1e9, all.lowest / 1e9, all.highest / 1e9, counted(roof.device.threads, "thread"),
      one, roof.device.kernel, roof.device.instructions);
}

}  // namespace

std::string bench_heading(const BenchMachine& machine, const TimingSettings& timing) {
  std::string text =
      fmt::format("kgon {} on {}, {}, hidden = {}, features = {}\n", KGON_VERSION, machine.device,
                  machine.precision == Precision::float64 ? "double" : "float",
                  machine.shape.hidden, machine.shape.features);
  text += fmt::format("medians, lowest and highest of {} of {} s or more\n",
                      counted(timing.repeats, "repeat"), timing.seconds);
  if (machine.load >= 0)
    text += fmt::format("load average before: {:.1f} (other work on this machine counts)\n",
                        machine.load);
  return text;
}

std::string bench_table(const SuiteReport& report) {
  std::vector<std::string> verdicts, names, findings;
  for (const Gate& gate : report.gates) {
    verdicts.push_back(gate.has_passed ? "passed" : "FAILED");
    names.push_back(gate.name);
    findings.push_back(gate.finding);
  }
  TextTable gates;
  gates.add("gate", verdicts, Align::left);
  gates.add("", names, Align::left);
  gates.add("", findings, Align::left);
  const std::string text = "\n" + report.suite + "\n" + gates.text(2);
  if (report.failed_gate() != nullptr) return text + "  nothing is timed\n";
  return text + roof_text(report) + "\n" + rates_text(report) + effective_text(report) +
         left_out_text(report);
}

std::string bench_notes() {
  return "\ngates of llc: n beta times the excess of L against a Gaussian's; of sample: mean L_n "
         "against\nweighted draws from the prior; in standard errors.\n"
         "flops, of a unit: additions, multiplications and divisions of the formulas, a fused\n"
         "multiply-add being two; random numbers, integers, comparisons and selections are not "
         "counted.\n"
         "gradients: of L_n, exact; one in a step of langevin and in a leapfrog.\n";
}

}  // namespace kgon
