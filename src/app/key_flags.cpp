#include "app/key_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
    case KeyType::phase:
      name = "LABEL";
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

KeyFlags::KeyFlags(const std::vector<std::string>& tables) {
  const auto add = [this](std::string_view table) {
    const std::size_t earlier = values_.size();
    for (const Key& key : all_keys()) {
      if (key.table != table) continue;
      const auto end = values_.begin() + static_cast<std::ptrdiff_t>(earlier);
      const bool is_taken = std::any_of(values_.begin(), end, [&](const FlagValue& other) {
        return other.key->name == key.name;
      });
      values_.push_back(
          {&key, {}, is_taken ? fmt::format("--{}-{}", key.table, key.name) : key.flag()});
    }
  };
  add("");
  for (const std::string& table : tables) add(table);
}

KeyFlags KeyFlags::of_keys(const std::vector<std::string_view>& names) {
  KeyFlags flags;
  flags.group_of_top_ = "Machine";
  for (const std::string_view name : names) {
    const Key* key = find_key("", name);
    flags.values_.push_back({key, {}, key->flag()});
  }
  return flags;
}

const FlagValue* KeyFlags::first_given(std::string_view table) const {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (values_[i].key->table == table && options_.at(i)->count() > 0) return &values_[i];
  return nullptr;
}

void KeyFlags::add_to(CLI::App& command) {
  for (FlagValue& value : values_) {
    const Key& key = *value.key;
    // Repetitions add up; what may be repeated is for the study to say. A flag never takes the
    // argument after its value.
    options_.push_back(
        command.add_option(value.name, value.texts, help(key))
            ->expected(1)
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name(type_name(key))
            ->group(key.table.empty() ? group_of_top_ : fmt::format("Study, [{}]", key.table)));
  }
}

std::vector<FlagValue> KeyFlags::given() const {
  std::vector<FlagValue> given;
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (options_.at(i)->count() > 0) given.push_back(values_[i]);
  return given;
}

}  // namespace kgon
