#pragma once

#include <cstddef>

#include "compiler.h"

namespace lamina {

/** `size` things cut into parts that are as equal as they can be; the first ones may hold one more. */
class Parts {
 public:
  LAMINA_MEMBER Parts(size_t size, size_t count) : count_(count) {
    least_ = count == 1 ? size : size / count;
    larger_ = size - least_ * count;
  }
  /** As few parts as there must be for none to hold more than `most`. */
  static LAMINA_MEMBER Parts ofAtMost(size_t most, size_t size) {
    return Parts(size, size <= most ? 1 : (size + most - 1) / most);
  }

  LAMINA_MEMBER size_t count() const { return count_; }
  LAMINA_MEMBER size_t size(size_t part) const { return least_ + (part < larger_ ? 1 : 0); }
  /** So many parts from `part` on have its size. */
  LAMINA_MEMBER size_t equalFrom(size_t part) const { return (part < larger_ ? larger_ : count_) - part; }
  LAMINA_MEMBER size_t start(size_t part) const { return part * least_ + (part < larger_ ? part : larger_); }

 private:
  size_t count_;
  size_t least_;
  size_t larger_;
};

}  // namespace lamina
