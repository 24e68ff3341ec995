#include "app/stage_checkpoint.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/common_options.hpp"

namespace kgon {
namespace {

std::unique_ptr<Checkpoint> open_or_begin(const std::string& output,
                                          const CheckpointIdentity& identity,
                                          const CheckpointOptions& options,
                                          Checkpoint::Opening opening) {
  if (options.resume) return std::make_unique<Checkpoint>(output, identity, std::move(opening));
  remove_checkpoint(output);
  if (options.every > 0) return std::make_unique<Checkpoint>(output, identity);
  return nullptr;
}

}  // namespace

void StageCheckpoint::open(const std::string& output, const CheckpointIdentity& identity,
                           const CheckpointOptions& options, Visit visit,
                           const std::function<void(const Bytes&)>& take) {
  checkpoint_ = open_or_begin(output, identity, options,
                              {options.force_build, std::move(visit),
                               [](const std::string& sentence) { tell(false, sentence); }});
  if (!checkpoint_) return;
  const CheckpointStates states = checkpoint_->take_states();
  earlier_seconds_ = states.seconds;
  for (const Bytes& bytes : states.states) {
    try {
      take(bytes);
    } catch (const DamagedBytes& error) {
      tell(false,
           fmt::format("{}.checkpoint: a state cannot be used: {}; what it is of begins again",
                       output, error.what()));
    }
  }
}

void StageCheckpoint::write(double seconds) {
  if (checkpoint_) checkpoint_->write({earlier_seconds_ + seconds, states()});
}

bool StageCheckpoint::append(const Bytes& block) {
  bool is_kept = false;
  if (checkpoint_) write_or_warn([&] { is_kept = checkpoint_->append(block); });
  return is_kept;
}

}  // namespace kgon
