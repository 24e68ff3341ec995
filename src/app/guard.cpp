#include "app/guard.hpp"

#include <cstdio>
#include <new>
#include <string>

#include "app/exit_code.hpp"
#include "io/errors.hpp"
#include "io/usage_error.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon {
namespace {

int report(const std::string& sentence, ExitCode code) {
  std::fprintf(stderr, "kgon: %s\n", sentence.c_str());
  return exit_status(code);
}

}  // namespace

int guarded(const std::function<int()>& action) {
  try {
    return action();
  } catch (const UsageError& error) {
    return report(error.what(), ExitCode::wrong_use);
  } catch (const UnusableFile& error) {
    return report(error.what(), ExitCode::unusable_input);
  } catch (const DeviceUnavailable& error) {
    return report(error.what(), ExitCode::no_device);
  } catch (const Stopped& error) {
    return report(error.what(), ExitCode::stopped);
  } catch (const std::bad_alloc&) {
    return report("out of memory", ExitCode::internal);
  } catch (const std::exception& error) {
    return report(error.what(), ExitCode::internal);
  }
}

}  // namespace kgon
