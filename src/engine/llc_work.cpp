#include "engine/llc_work.hpp"

#include <algorithm>
#include <utility>

namespace kgon {

LlcWork::LlcWork(const LlcPlan& plan, LlcSink& sink, RunControl& control)
    : plan_(plan), sink_(sink), control_(control), lambdas_(phase_lambdas(plan.shape)) {}

bool LlcWork::next(const std::function<std::size_t(const LlcGroup&)>& most_sites, bool one_data_set,
                   LlcShare& share) {
  const std::lock_guard lock(mutex_);
  while (next_site_ < plan_.sites.size() && sink_.has(next_site_)) ++next_site_;
  if (control_.stop || next_site_ == plan_.sites.size()) return false;
  while (next_site_ >= plan_.groups[group_].first_site + plan_.groups[group_].site_count) {
    ++group_;
    last_table_.reset();
  }
  const LlcGroup& group = plan_.groups[group_];
  share = {{&plan_, &group, next_site_, 0, {}, &lambdas_}, {}};
  share.task.states = {sink_.earlier_state(next_site_), [this, first = next_site_](Bytes&& bytes) {
                         sink_.hold({first, std::move(bytes)});
                       }};
  const std::size_t group_end = group.first_site + group.site_count;
  const std::size_t most =
      std::min(group_end, next_site_ + std::max<std::size_t>(1, most_sites(group)));
  const std::uint32_t first_data = plan_.sites[next_site_].data;
  for (; next_site_ < most && !sink_.has(next_site_); ++next_site_) {
    const std::uint32_t data = plan_.sites[next_site_].data;
    if (!group.population) {
      if (one_data_set && data != first_data) break;
      if (!share.task.data.contains(data)) {
        share.tables.push_back(table(group, data));
        share.task.data[data] = share.tables.back().get();
      }
    }
    ++share.task.site_count;
  }
  return true;
}

std::shared_ptr<const SortedSampleTable> LlcWork::table(const LlcGroup& group, std::uint32_t data) {
  if (last_table_ && last_data_ == data) return last_table_;
  const DataSource& source = plan_.data[data];
  const auto stream = member_stream(source.key, source.member);
  last_table_ = std::make_shared<const SortedSampleTable>(
      sort_samples(generate_samples(stream, source.purpose, group.samples, plan_.shape.features),
                   plan_.shape.features));
  last_data_ = data;
  return last_table_;
}

}  // namespace kgon
