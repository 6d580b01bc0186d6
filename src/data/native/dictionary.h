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
    if (last_ < size() && areSame(text, at(last_))) return last_;
    if (2 * (size() + 1) > slots_.size()) grow();
    const uint32_t hash = hashOf(text);
    size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot].code != none; slot = (slot + 1) & (slots_.size() - 1)) {
      const Slot& found = slots_[slot];
      if (found.hash == hash && areSame(text, at(found.code))) return last_ = found.code;
    }
    if (size() >= mostTexts || bytes_.size() + text.size() > mostBytes) return full;
    slots_[slot] = {hash, static_cast<uint32_t>(size())};
    bytes_.append(text);
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
    return last_ = static_cast<uint32_t>(size() - 1);
  }

  size_t size() const { return ends_.size(); }
  std::string_view at(size_t code) const {
    const size_t from = code == 0 ? 0 : ends_[code - 1];
    return std::string_view(bytes_).substr(from, ends_[code] - from);
  }
  size_t memoryBytes() const { return bytes_.capacity() + sizeof(uint32_t) * ends_.capacity() + sizeof(Slot) * slots_.capacity(); }

 private:
  static constexpr uint32_t none = UINT32_MAX;
  struct Slot {
    /** Of the text: most others are told apart by it. */
    uint32_t hash = 0;
    uint32_t code = none;
  };

  /** Eight bytes at a time, as FNV-1a does with one; the last ones overlap those before them. */
  static uint32_t hashOf(std::string_view text) {
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
    return static_cast<uint32_t>(hash);
  }

  /** Most texts are short: too short to be worth a call. */
  static bool areSame(std::string_view a, std::string_view b) {
    const size_t size = a.size();
    if (size != b.size()) return false;
    if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
    if (size >= 8) return endsAreSame<uint64_t>(a, b);
    if (size >= 4) return endsAreSame<uint32_t>(a, b);
    for (size_t i = 0; i < size; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }
  template <class Word>
  static bool endsAreSame(std::string_view a, std::string_view b) {
    const size_t last = a.size() - sizeof(Word);
    return wordAt<Word>(a.data()) == wordAt<Word>(b.data()) &&
           wordAt<Word>(a.data() + last) == wordAt<Word>(b.data() + last);
  }
  template <class Word>
  static Word wordAt(const char* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  static uint64_t byteAt(const char* at) { return static_cast<uint8_t>(*at); }

  void grow() {
    std::vector<Slot> larger(slots_.empty() ? 16 : 2 * slots_.size());
    for (const Slot& one : slots_) {
      if (one.code == none) continue;
      size_t slot = one.hash & (larger.size() - 1);
      while (larger[slot].code != none) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = one;
    }
    slots_.swap(larger);
  }

  std::string bytes_;
  std::vector<uint32_t> ends_;
  std::vector<Slot> slots_;
  uint32_t last_ = 0;
};

}  // namespace lamina::tables
