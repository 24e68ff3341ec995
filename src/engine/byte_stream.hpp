// Numbers and arrays as bytes and back, for checkpoints; little-endian, as the machines are.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace kgon {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

using Bytes = std::vector<std::byte>;

// Bytes that end early or do not fit what is expected of them.
class DamagedBytes : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Numbers, and structures of numbers: their bytes are all that they are. Structures are read by the
// build that wrote them, or by one where they have the same size.
template <class T>
concept PlainBytes = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

class ByteWriter {
 public:
  template <PlainBytes T>
  void put(T value) {
    append(&value, sizeof value);
  }

  // The length and the size of an entry in front.
  template <PlainBytes T>
  void put(const std::vector<T>& values) {
    put(std::uint64_t{values.size()});
    put(std::uint64_t{sizeof(T)});
    append(values.data(), values.size() * sizeof(T));
  }

  void put(const std::string& text) { put(std::vector<char>(text.begin(), text.end())); }

  // Two-valued, one byte each.
  void put(const std::vector<bool>& values) {
    put(std::vector<char>(values.begin(), values.end()));
  }
  template <PlainBytes K, PlainBytes V>
  void put(const std::map<K, V>& values) {
    put(std::uint64_t{values.size()});
    for (const auto& [key, value] : values) {
      put(key);
      put(value);
    }
  }

  Bytes take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    const std::size_t end = bytes_.size();
    bytes_.resize(end + size);
    if (size > 0) std::memcpy(bytes_.data() + end, data, size);
  }

  Bytes bytes_;
};

// Every read checks that there are as many bytes. DamagedBytes.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <PlainBytes T>
  T get() {
    T value;
    copy(&value, sizeof value);
    return value;
  }
  template <PlainBytes T>
  void get(T& value) {
    value = get<T>();
  }
  template <PlainBytes T>
  void get(std::vector<T>& values) {
    const auto size = get<std::uint64_t>();
    if (get<std::uint64_t>() != sizeof(T)) throw DamagedBytes("an array of another kind");
    if (size > bytes_.size() / sizeof(T)) throw DamagedBytes("an array is cut off");
    values.resize(size);
    copy(values.data(), values.size() * sizeof(T));
  }

  void get(std::string& text) {
    std::vector<char> characters;
    get(characters);
    text.assign(characters.begin(), characters.end());
  }

  void get(std::vector<bool>& values) {
    std::vector<char> plain;
    get(plain);
    values.assign(plain.begin(), plain.end());
  }
  template <PlainBytes K, PlainBytes V>
  void get(std::map<K, V>& values) {
    values.clear();
    for (auto left = get<std::uint64_t>(); left > 0; --left) {
      const K key = get<K>();
      values[key] = get<V>();
    }
  }

  // What is not read yet.
  std::span<const std::byte> rest() const { return bytes_; }
  void expect_end() const {
    if (!bytes_.empty()) throw DamagedBytes("there are bytes after the end");
  }

 private:
  void copy(void* to, std::size_t size) {
    if (size > bytes_.size()) throw DamagedBytes("a number is cut off");
    if (size > 0) std::memcpy(to, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
  }

  std::span<const std::byte> bytes_;
};

}  // namespace kgon
