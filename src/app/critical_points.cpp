#include "app/critical_points.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "app/exit_code.hpp"
#include "app/standard_output.hpp"
#include "io/short_text.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

using Json = nlohmann::ordered_json;
using tms::CriticalPoint;

Json point_json(const CriticalPoint& point) {
  Json json;
  json["label"] = point.label;
  json["loss"] = point.loss;
  json["lambda"] = point.lambda ? Json(*point.lambda) : Json(nullptr);
  json["lambda_reason"] = point.lambda_reason;
  json["hessian_rank"] = point.hessian_rank;
  json["negative_eigenvalues"] = point.negative_eigenvalues;
  json["twice_differentiable"] = point.twice_differentiable;
  json["gradient_norm"] = point.gradient_norm;
  json["half_norm2"] = point.half_norm2;
  json["length"] = point.length;
  json["bias"] = point.bias;
  const auto features = static_cast<std::ptrdiff_t>(point.parameters.size() / 3);
  const auto begin = point.parameters.begin();
  json["W"] = {std::vector<double>(begin, begin + features),
               std::vector<double>(begin + features, begin + 2 * features)};
  json["b"] = std::vector<double>(begin + 2 * features, point.parameters.end());
  return json;
}

std::string json_report(const CriticalPointsOptions& options,
                        const std::vector<CriticalPoint>& points) {
  Json json;
  json["features"] = options.features;
  json["hidden"] = 2;
  json["dead_bias"] = options.dead_bias;
  json["points"] = Json::array();
  for (const CriticalPoint& point : points) json["points"].push_back(point_json(point));
  json["missing"] = tms::missing_points(options.features);
  return json.dump(2) + "\n";
}

// The number of `reason` in `reasons`, from 1; adds it where it is new.
std::size_t note_number(std::vector<std::string>& reasons, const std::string& reason) {
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i] == reason) return i + 1;
  }
  reasons.push_back(reason);
  return reasons.size();
}

// Breaks a sentence at blanks into lines of at most 100 columns, indented after the first.
std::string wrapped(const std::string& sentence, std::size_t indent) {
  std::string text;
  std::size_t column = 0;
  for (std::size_t begin = 0; begin < sentence.size();) {
    const std::size_t end = std::min(sentence.find(' ', begin), sentence.size());
    const std::string word = sentence.substr(begin, end - begin);
    if (column > 0 && column + 1 + word.size() > 100) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > 0) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
    begin = end + 1;
  }
  return text + "\n";
}

// Rounding noise would read as structure: below 1e-15 a gradient norm is printed as 0.
std::string tidy_norm(double norm) {
  return norm < 1e-15 ? "0" : fmt::format("{:.1e}", norm);
}

std::string table_row(const CriticalPoint& point, std::size_t width, std::size_t note) {
  const std::string lambda = point.lambda ? fmt::format("{:.1f}", *point.lambda) : "-";
  return fmt::format("{:<{}} {:>9.6f} {:>6} {:>5} {:>4}{} {:>8} {:>9} {:>12.8f} {:>12.8f}  [{}]\n",
                     point.label, width, point.loss, lambda, point.hessian_rank,
                     point.negative_eigenvalues, point.twice_differentiable ? ' ' : '*',
                     tidy_norm(point.gradient_norm), fmt::format("{:.5f}", point.half_norm2),
                     point.length, point.bias, note);
}

std::string table_report(const CriticalPointsOptions& options,
                         const std::vector<CriticalPoint>& points) {
  std::size_t width = 5;
  bool any_kink = false;
  for (const CriticalPoint& point : points) {
    width = std::max(width, point.label.size());
    any_kink = any_kink || !point.twice_differentiable;
  }
  std::string text =
      fmt::format("{}: hidden 2, features {}, dead bias {}\n\n",
                  counted(points.size(), "critical point"), options.features, options.dead_bias);
  text +=
      fmt::format("{:<{}} {:>9} {:>6} {:>5} {:>4}  {:>8} {:>9} {:>12} {:>12}  note\n", "label",
                  width, "loss", "lambda", "rank", "neg", "gradient", "|w|^2/2", "length", "bias");
  std::vector<std::string> reasons;
  for (const CriticalPoint& point : points) {
    text += table_row(point, width, note_number(reasons, point.lambda_reason));
  }
  text += "\nlambda:\n";
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    text += wrapped(fmt::format("[{}] {}.", i + 1, reasons[i]), 4);
  }
  if (any_kink) {
    text += wrapped(
        "* L is C1, not C2: rank and negative eigenvalues are those of the mean of the Hessians on "
        "both sides of the chamber boundary.",
        2);
  }
  for (const std::string& sentence : tms::missing_points(options.features)) {
    text += "\n" + wrapped(sentence, 0);
  }
  return text;
}

}  // namespace

std::string critical_points_report(const CriticalPointsOptions& options) {
  const std::vector<CriticalPoint> points =
      tms::critical_points(options.features, options.dead_bias);
  return options.json ? json_report(options, points) : table_report(options, points);
}

// What the catalogue refuses is wrong use of the command.
static std::string report_or_refuse(const CriticalPointsOptions& options) {
  try {
    return critical_points_report(options);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

void setup_critical_points(CLI::App& app, std::function<int()>& action) {
  auto options = std::make_shared<CriticalPointsOptions>();
  CLI::App* command = app.add_subcommand(
      "critical-points", "list the standard k-gons: loss, spectrum, learning coefficient");
  command->add_option("--features", options->features, "Columns of W, 3 to 35")
      ->capture_default_str();
  command
      ->add_option("--dead-bias", options->dead_bias,
                   "Bias of the zero columns that are not positive ones, 0 or negative")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &action] {
    action = [options] {
      print_out(report_or_refuse(*options));
      return exit_status(ExitCode::done);
    };
  });
}

}  // namespace kgon
