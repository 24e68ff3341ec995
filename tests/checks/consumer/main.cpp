// A user of the installed headers: the loss where nothing is represented is E x^2 = 1/3, and
// gradient descent leads away from there.
#include <array>
#include <cmath>
#include <cstdio>

#include "kgon/model/tms/model.hpp"

int main() {
  using Model = kgon::tms::Model<2, 6>;
  std::array<double, Model::parameters> w{}, gradient{};
  const Model::Population<double> loss{};

  const double nothing = loss(w.data(), gradient.data());
  if (std::abs(nothing - 1.0 / 3) > 1e-15) return 1;

  for (int i = 0; i < Model::parameters; ++i) w[i] = 0.1 * std::sin(1 + i);
  for (int step = 0; step < 20000; ++step) {
    loss(w.data(), gradient.data());
    for (int i = 0; i < Model::parameters; ++i) w[i] -= 0.05 * gradient[i];
  }
  const double reached = loss(w.data(), gradient.data());
  std::printf("loss %.6f at 0, %.6f after gradient descent\n", nothing, reached);
  return reached < 0.2 ? 0 : 1;
}
