#include "engine/sample_work.hpp"

namespace kgon {

bool SampleWork::next(SampleShare& share) {
  const std::lock_guard lock(mutex_);
  if (control_.stop || run_ == plan_.runs.size()) return false;
  const SampleRun& run = plan_.runs[run_];
  if (!run.population && !table_) {
    const auto stream = member_stream(run.data.key, run.data.member);
    table_ = std::make_shared<const SortedSampleTable>(
        sort_samples(generate_samples(stream, run.data.purpose, run.samples, plan_.shape.features),
                     plan_.shape.features));
  }
  share = {{&plan_, run_, island_, table_.get()}, table_};
  if (++island_ == plan_.smc.islands) {
    island_ = 0;
    ++run_;
    table_.reset();
  }
  return true;
}

}  // namespace kgon
