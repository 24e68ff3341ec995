#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/train_report.hpp"
#include "io/short_text.hpp"

namespace kgon {
namespace {

constexpr std::size_t columns = 100;
// The table names this many of the commonest phases and transitions; the file has them all.
constexpr std::size_t shown_phases = 8;
constexpr std::size_t shown_transitions = 6;

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.1f} %",
                     whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole));
}

// `head`, then the items, three blanks apart, wrapped below each other.
std::string wrapped(const std::string& head, const std::vector<std::string>& items) {
  std::string out = head;
  std::size_t width = head.size();
  const char* gap = "";
  for (const std::string& item : items) {
    if (item.empty()) continue;
    if (*gap != 0 && width + 3 + item.size() > columns) {
      out += '\n';
      out.append(head.size(), ' ');
      width = head.size();
      gap = "";
    }
    out.append(gap).append(item);
    width += item.size() + (*gap != 0 ? 3 : 0);
    gap = "   ";
  }
  return out + "\n";
}

// "init 4   lr 0.005": the init and every key with more than one value in the study.
std::string cell_name(const Study& study, const TrainCell& cell) {
  std::string name = "init " + cell.init;
  for (const Setting& setting : study.settings()) {
    if (setting.values.size() < 2 || setting.key->name == "init") continue;
    if (setting.key->name == "epochs") {
      name += fmt::format("   epochs {}", value_text(cell.epochs));
      continue;
    }
    // A key that does not apply to this cell is not in its settings.
    const std::string prefix = fmt::format(";{}=", setting.key->name);
    const std::size_t at = cell.settings.find(prefix);
    if (at == std::string::npos) continue;
    const std::size_t begin = at + prefix.size();
    name += fmt::format("   {} {}", setting.key->name,
                        cell.settings.substr(begin, cell.settings.find(';', begin) - begin));
  }
  return name;
}

std::vector<std::string> phase_items(const CellSummary& cell) {
  std::vector<std::pair<std::string, std::uint64_t>> phases(cell.final_phases.begin(),
                                                            cell.final_phases.end());
  std::stable_sort(phases.begin(), phases.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> items;
  for (const auto& [label, count] : phases) {
    if (items.size() == shown_phases) {
      items.push_back(fmt::format("and {} more", phases.size() - shown_phases));
      break;
    }
    items.push_back(fmt::format("{}: {}", label, percent(count, cell.finished)));
  }
  if (items.empty()) items.push_back("none finished");
  return items;
}

std::vector<std::string> transition_items(const CellSummary& cell) {
  std::vector<std::string> items;
  for (const TransitionSummary& transition : cell.transitions) {
    if (items.size() == shown_transitions) {
      items.push_back(fmt::format("and {} more", cell.transitions.size() - shown_transitions));
      break;
    }
    items.push_back(fmt::format("{} -> {}: {} (mean step {:.0f})", transition.from, transition.to,
                                transition.count, transition.step_mean()));
  }
  if (items.empty()) items.push_back("none");
  return items;
}

std::string failures(const CellSummary& cell) {
  if (cell.failed() == 0) return "";
  return wrapped(
      "    failed        ",
      {fmt::format("{} of {}", cell.failed(), cell.members),
       fmt::format("non-finite {}", cell.non_finite), fmt::format("diverged {}", cell.diverged),
       cell.first_failure ? fmt::format("first: trajectory {} at step {}",
                                        cell.first_failure->member, cell.first_failure->step)
                          : ""});
}

// Fractions are those of the trajectories that did not fail; where there are others, the line says
// so.
std::string of_finished(const CellSummary& cell) {
  const bool is_plain = cell.failed() == 0 || cell.finished == 0;
  return is_plain ? "" : fmt::format("of {} finished", cell.finished);
}

// Of the ends with a label of the catalogue, fewer on its plateau than this part are noted.
constexpr double usual_on_plateau = 0.5;

std::string plateau_note(const CellSummary& cell) {
  const auto other = cell.final_phases.find("other");
  const std::uint64_t labelled =
      cell.finished - (other == cell.final_phases.end() ? 0 : other->second);
  if (static_cast<double>(cell.on_plateau) >= usual_on_plateau * static_cast<double>(labelled))
    return "";
  return fmt::format(
      "    off plateaus  {} of {} with a label of the catalogue: they still move, or settle above\n"
      "                  its level, as minima of small data sets do. Only plateaus count as\n"
      "                  transitions; --phase-loss and --phase-gradient widen them\n",
      labelled - cell.on_plateau, labelled);
}

std::string phases_text(const CellSummary& cell) {
  std::vector<std::string> phases = phase_items(cell);
  phases.insert(phases.begin(), of_finished(cell));
  return wrapped("    final phases  ", phases) +
         wrapped("    on a plateau  ",
                 {of_finished(cell), percent(cell.on_plateau, cell.finished)}) +
         wrapped("    transitions   ", transition_items(cell)) +
         (cell.overflowed == 0
              ? ""
              : fmt::format("    not counted   what {} did after {} visits of plateaus\n",
                            counted(cell.overflowed, "trajectory"), max_visits)) +
         plateau_note(cell);
}

std::string cell_text(const std::string& name, std::size_t index, const CellSummary& cell,
                      int hidden) {
  std::string out = wrapped(fmt::format("cell {:<3} ", index),
                            {name, fmt::format("{} of {}", counted(cell.members, "trajectory"),
                                               counted(cell.steps, "step"))});
  out += hidden == 2 ? phases_text(cell) : "    phases: none (k-gons are defined for hidden = 2)\n";
  return out + failures(cell);
}

std::string shard_text(const TrainPlan& plan) {
  if (plan.count == plan.trajectories) return "";
  return fmt::format(" (shard: trajectories {} to {} of {})", plan.first,
                     plan.first + plan.count - 1, plan.trajectories);
}

}  // namespace

std::string train_table(const TrainStage& stage, const TrainOutcome& outcome,
                        const std::string& path) {
  const TrainPlan& plan = stage.expanded.plan;
  std::string out;
  for (std::size_t i = 0; i < outcome.cells.size(); ++i)
    out += cell_text(cell_name(stage.study, plan.cells.at(i)), i, outcome.cells[i],
                     plan.shape.hidden) +
           "\n";
  const double seconds = outcome.wall_seconds;
  out += fmt::format("{} in {}{}, {} failed\n", counted(outcome.members, "trajectory"),
                     counted(plan.cells.size(), "cell"), shard_text(plan), outcome.failed);
  out += fmt::format("{} on {}, {} steps/s\n", short_time(seconds), stage.backend->description(),
                     short_number(seconds > 0 ? std::round(total_steps(plan) / seconds) : 0));
  return out + fmt::format("result {}\ndigest {}\n", path, outcome.digest);
}

std::string dry_run_lines(const TrainStage& stage) {
  const TrainPlan& plan = stage.expanded.plan;
  std::string out;
  const auto line = [&out](std::string_view name, const std::string& value) {
    out += fmt::format("# {:<14} {}\n", name, value);
  };
  line("study", stage.study_hash);
  line("cells",
       fmt::format("{}{}", plan.cells.size(),
                   stage.expanded.duplicates == 0 ? ""
                                                  : fmt::format(" ({} equal to another left out)",
                                                                stage.expanded.duplicates)));
  line("members", fmt::format("{}{}", plan.cells.size() * plan.count, shard_text(plan)));
  line("work", short_number(total_steps(plan)) + " steps");
  line("memory", "up to " + short_bytes(static_cast<double>(memory_bound(stage))));
  line("result file", "up to " + short_bytes(static_cast<double>(result_bytes(plan))));
  line("device", stage.backend->description());
  return out;
}

}  // namespace kgon
