// The cells of a calibration that sample one law: one n beta, one gamma, several steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "kgon/engine/llc_block.hpp"

namespace kgon {

// Estimates that lie further apart than this many combined standard errors disagree.
inline constexpr double most_disagreement = 3;
// What a localization may take off rank / 2, as a part of it: where the well is taken for Gaussian,
// and at all.
inline constexpr double most_localization_bias = 0.02, most_localization = 0.1;
// Part of the chains of one n beta and gamma that may fall below L(w*).
inline constexpr double most_leaving = 0.01;
// To tell a Gaussian well from another lambda has to be known to this part of rank / 2.
inline constexpr double most_gaussian_error = 0.01;
// And for cells to confirm one another, to this part of lambda_hat: large errors agree with all.
inline constexpr double most_confirmed_error = 0.05;
// No well is Gaussian to all digits: a mean that is off the Gaussian value by so little, of half
// the rank, is that value however well it is known.
inline constexpr double most_off_well = 0.005;

// One cell of the grid.
struct CalibrationCell {
  double nbeta = 0;
  double gamma = 0;  // localization
  LlcEstimate estimate;
};

// Whether gamma takes more than this part off rank / 2. False where the Hessian does not say.
bool takes_more_off(const LlcEstimate& estimate, double part);

// How much there is to say for a gamma, best last.
enum class Support : std::uint8_t { alone, confirmed, gaussian };

// See choose_calibration_cell, which says what is done here.
class CalibrationLaw {
 public:
  // cells: at least one, all of one nbeta and gamma, with errors above 0.
  CalibrationLaw(std::span<const CalibrationCell> grid, std::vector<std::size_t> cells);

  std::size_t cell() const { return best_->cell; }  // the one to take, as an index in the grid
  std::size_t agreeing() const { return best_->agreeing; }
  std::size_t others() const { return cells_.size() - 1; }
  double error() const { return best_->error; }
  Support support() const;

 private:
  struct Candidate {
    std::size_t cell, agreeing;
    double error;
  };
  // Of lambda_hat against the step size, weighted by the errors.
  struct Line {
    double slope = 0, slope_error = 0;
  };

  const LlcEstimate& at(std::size_t cell) const { return grid_[cell].estimate; }
  void consider(std::size_t cell);
  std::tuple<bool, double, double> merit(const Candidate& of) const;
  std::size_t agreeing_with(std::size_t cell) const;
  double bias(std::size_t cell) const;
  Line line_through_cells() const;
  bool is_gaussian() const;

  std::span<const CalibrationCell> grid_;
  std::vector<std::size_t> cells_;
  Line line_;
  std::optional<Candidate> best_;
};

}  // namespace kgon
