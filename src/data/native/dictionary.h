#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace lamina::tables {

/** Different texts, numbered in the order they came. */
class Dictionary {
 public:
  static constexpr uint32_t full = UINT32_MAX;
  static constexpr size_t mostTexts = size_t{1} << 16;
  static constexpr size_t mostBytes = size_t{8} << 20;

  /** The number of a text; `full` when there is no room for another one. */
  uint32_t codeOf(std::string_view text) {
    if (last_ < size() && text == at(last_)) return last_;
    if (2 * (size() + 1) > slots_.size()) grow();
    size_t slot = hashOf(text) & (slots_.size() - 1);
    while (slots_[slot] != 0) {
      const uint32_t code = slots_[slot] - 1;
      if (text == at(code)) return last_ = code;
      slot = (slot + 1) & (slots_.size() - 1);
    }
    if (size() >= mostTexts || bytes_.size() + text.size() > mostBytes) return full;
    bytes_.append(text);
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
    slots_[slot] = static_cast<uint32_t>(size());
    return last_ = static_cast<uint32_t>(size() - 1);
  }

  size_t size() const { return ends_.size(); }
  std::string_view at(size_t code) const {
    const size_t from = code == 0 ? 0 : ends_[code - 1];
    return std::string_view(bytes_).substr(from, ends_[code] - from);
  }
  size_t memoryBytes() const { return bytes_.capacity() + 4 * (ends_.capacity() + slots_.capacity()); }

 private:
  /** Eight bytes at a time, as FNV-1a does with one; the last ones overlap those before them. */
  static size_t hashOf(std::string_view text) {
    constexpr uint64_t factor = 0x9e3779b97f4a7c15;
    const char* at = text.data();
    size_t left = text.size();
    uint64_t hash = left;
    const auto add = [&hash](uint64_t bytes) {
      hash = (hash ^ bytes) * factor;
      hash ^= hash >> 32;
    };
    for (; left > 8; left -= 8, at += 8) add(wordAt<uint64_t>(at));
    if (left >= 4)
      add(wordAt<uint32_t>(at) | uint64_t{wordAt<uint32_t>(at + left - 4)} << 32);
    else if (left > 0)
      add(byteAt(at) | byteAt(at + left / 2) << 8 | byteAt(at + left - 1) << 16);
    return static_cast<size_t>(hash);
  }
  template <class Word>
  static Word wordAt(const char* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  static uint64_t byteAt(const char* at) { return static_cast<uint8_t>(*at); }
  void grow() {
    std::vector<uint32_t> larger(slots_.empty() ? 16 : 2 * slots_.size());
    for (size_t code = 0; code < size(); ++code) {
      size_t slot = hashOf(at(code)) & (larger.size() - 1);
      while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = static_cast<uint32_t>(code + 1);
    }
    slots_.swap(larger);
  }

  std::string bytes_;
  std::vector<uint32_t> ends_;
  /** Numbers + 1, 0 where nothing is. */
  std::vector<uint32_t> slots_;
  uint32_t last_ = 0;
};

}  // namespace lamina::tables
