#include "engine/chain_start.hpp"

#include "kgon/rng/distributions.hpp"

namespace kgon {
namespace {

// P normals, or uniforms on (-2, 2), of one chain.
void draw_start(ChainStart::Kind kind, std::uint64_t key, std::uint32_t chain, int parameters,
                double scale, std::vector<double>& points) {
  const auto stream = member_stream(key, chain);
  double drawn[4];
  for (int p = 0; p < parameters; ++p) {
    if (p % 4 == 0) {
      const Words4<std::uint32_t> block =
          philox(stream, Purpose::chain_start, static_cast<std::uint64_t>(p / 4));
      const auto& words = block.word;
      if (kind == ChainStart::Kind::prior) {
        for (int pair = 0; pair < 4; pair += 2)
          normal_pair<double>(words[pair], words[pair + 1], drawn[pair], drawn[pair + 1]);
        for (double& x : drawn) x *= scale;
      } else {
        for (int k = 0; k < 4; ++k) drawn[k] = 4 * uniform<double>(words[k]) - 2;
      }
    }
    points.push_back(drawn[p % 4]);
  }
}

}  // namespace

std::vector<double> chain_starts(const ChainStart& start, std::uint64_t key, std::uint32_t chains,
                                 int parameters, double prior_scale) {
  std::vector<double> points;
  for (std::uint32_t chain = 0; chain < chains; ++chain) {
    if (start.kind == ChainStart::Kind::point) {
      points.insert(points.end(), start.point.begin(), start.point.end());
    } else {
      draw_start(start.kind, key, chain, parameters, prior_scale, points);
    }
  }
  return points;
}

}  // namespace kgon
