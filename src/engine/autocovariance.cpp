#include "engine/autocovariance.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace kgon {

Autocovariance::Autocovariance(std::size_t length)
    : length_(length),
      points_(std::bit_ceil(2 * length)),
      cosines_(points_),
      sines_(points_),
      real_(points_),
      imaginary_(points_),
      power_(points_) {
  if (length == 0) throw std::invalid_argument("an autocovariance needs at least one value");
  const std::size_t half = points_ / 2;
  for (std::size_t j = 0; j < half; ++j) {
    const double angle = -std::numbers::pi * static_cast<double>(j) / static_cast<double>(half);
    cosines_[half + j] = std::cos(angle);
    sines_[half + j] = std::sin(angle);
  }
  for (std::size_t j = half; j-- > 1;) {
    cosines_[j] = cosines_[2 * j];
    sines_[j] = sines_[2 * j];
  }
}

// Two rows in one complex sequence z = x + i y: |Z(k)|^2 + |Z(-k)|^2 = 2 (|X(k)|^2 + |Y(k)|^2), and
// the real part of the way back sees nothing but that sum.
void Autocovariance::load_pair(std::span<const double> rows, std::span<const double> row_means,
                               std::size_t first) {
  const auto load = [&](std::size_t row, std::vector<double>& target) {
    std::fill(target.begin(), target.end(), 0.0);
    if (row >= row_means.size()) return;
    const auto values = rows.subspan(row * length_, length_);
    const double mean = row_means[row];
    std::transform(values.begin(), values.end(), target.begin(),
                   [mean](double value) { return value - mean; });
  };
  load(first, real_);
  load(first + 1, imaginary_);
}

// Decimation in frequency: from natural to bit-reversed order. to_lags() goes the other way, so
// nothing is ever permuted.
void Autocovariance::to_frequencies() {
  for (std::size_t half = points_ / 2; half >= 1; half /= 2) {
    const double* cosine = &cosines_[half];
    const double* sine = &sines_[half];
    for (std::size_t start = 0; start < points_; start += 2 * half) {
      double* re = &real_[start];
      double* im = &imaginary_[start];
      for (std::size_t j = 0; j < half; ++j) {
        const double re_difference = re[j] - re[j + half], im_difference = im[j] - im[j + half];
        re[j] += re[j + half];
        im[j] += im[j + half];
        re[j + half] = re_difference * cosine[j] - im_difference * sine[j];
        im[j + half] = re_difference * sine[j] + im_difference * cosine[j];
      }
    }
  }
}

// Decimation in time: from bit-reversed to natural order.
void Autocovariance::to_lags() {
  for (std::size_t half = 1; half < points_; half *= 2) {
    const double* cosine = &cosines_[half];
    const double* sine = &sines_[half];
    for (std::size_t start = 0; start < points_; start += 2 * half) {
      double* re = &real_[start];
      double* im = &imaginary_[start];
      for (std::size_t j = 0; j < half; ++j) {
        const double re_turned = re[j + half] * cosine[j] - im[j + half] * sine[j];
        const double im_turned = re[j + half] * sine[j] + im[j + half] * cosine[j];
        re[j + half] = re[j] - re_turned;
        im[j + half] = im[j] - im_turned;
        re[j] += re_turned;
        im[j] += im_turned;
      }
    }
  }
}

std::span<const double> Autocovariance::mean_over_rows(std::span<const double> rows,
                                                       std::span<const double> row_means) {
  if (row_means.empty() || rows.size() != row_means.size() * length_)
    throw std::invalid_argument("the autocovariance got rows of another length");
  std::fill(power_.begin(), power_.end(), 0.0);
  for (std::size_t first = 0; first < row_means.size(); first += 2) {
    load_pair(rows, row_means, first);
    to_frequencies();
    for (std::size_t k = 0; k < points_; ++k) {
      power_[k] += real_[k] * real_[k] + imaginary_[k] * imaginary_[k];
    }
  }
  std::copy(power_.begin(), power_.end(), real_.begin());
  std::fill(imaginary_.begin(), imaginary_.end(), 0.0);
  to_lags();
  const double scale = static_cast<double>(points_) * static_cast<double>(length_) *
                       static_cast<double>(row_means.size());
  for (std::size_t lag = 0; lag < length_; ++lag) real_[lag] /= scale;
  return std::span<const double>(real_).first(length_);
}

}  // namespace kgon
