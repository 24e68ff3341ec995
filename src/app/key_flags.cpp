#include "app/key_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace kgon {
namespace {

std::string type_name(const Key& key) {
  std::string name;
  switch (key.type) {
    case KeyType::integer:
      name = "INTEGER";
      break;
    case KeyType::real:
      name = "NUMBER";
      break;
    case KeyType::choice:
      name = std::string(key.choices);
      break;
    case KeyType::point:
      name = "POINT";
      break;
    case KeyType::device:
      name = "DEVICE";
      break;
  }
  return key.sweepable ? name + ",..." : name;
}

std::string help(const Key& key) {
  std::string text =
      fmt::format("{} [{}{}{}]", key.doc, key.default_value, key.unit.empty() ? "" : " ", key.unit);
  if (key.type == KeyType::integer || key.type == KeyType::real)
    text += ", " + key.expectation().substr(key.expectation().find(' ', 3) + 1);
  return text;
}

}  // namespace

KeyFlags::KeyFlags() {
  for (const Key& key : all_keys()) values_.push_back({&key, {}});
}

void KeyFlags::add_to(CLI::App& command) {
  for (FlagValue& value : values_) {
    const Key& key = *value.key;
    // Repetitions add up; what may be repeated is for the study to say. A flag never takes the
    // argument after its value.
    options_.push_back(command.add_option(key.flag(), value.texts, help(key))
                           ->expected(1)
                           ->allow_extra_args(false)
                           ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                           ->type_name(type_name(key))
                           ->group(key.table.empty() ? "Study, top of the file"
                                                     : fmt::format("Study, [{}]", key.table)));
  }
}

std::vector<FlagValue> KeyFlags::given() const {
  std::vector<FlagValue> given;
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (options_.at(i)->count() > 0) given.push_back(values_[i]);
  return given;
}

}  // namespace kgon
