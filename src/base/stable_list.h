// A list that grows at its end and whose elements stay where they are: a vector of blocks, found by
// a shift. Beside it boost::container::deque divides for each access, which is felt where every
// line of a log asks for one.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace medic {

// A copy is as long and holds copies; its elements stay where they are too, once it has grown.
template <class T, std::size_t kBlock>
class StableList {
  static_assert(kBlock != 0 && (kBlock & (kBlock - 1)) == 0, "a power of two");

 public:
  StableList() = default;
  StableList(const StableList&) = default;
  StableList& operator=(const StableList&) = default;
  StableList(StableList&& other) noexcept
      : blocks_(std::move(other.blocks_)), size_(std::exchange(other.size_, 0)) {}
  StableList& operator=(StableList&& other) noexcept {
    blocks_ = std::move(other.blocks_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // index: below size().
  T& operator[](std::size_t index) { return blocks_[index / kBlock].data()[index % kBlock]; }
  const T& operator[](std::size_t index) const {
    return blocks_[index / kBlock].data()[index % kBlock];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size_ == blocks_.size() * kBlock) blocks_.emplace_back();
    blocks_.back().reserve(kBlock);
    ++size_;
    return blocks_.back().emplace_back(std::forward<Args>(args)...);
  }
  void push_back(T&& value) { emplace_back(std::move(value)); }

  template <class List, class Element>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Element*;
    using reference = Element&;
    Iterator() = default;
    Iterator(List* list, std::size_t at) : list_(list), at_(at) {}
    Element& operator*() const { return (*list_)[at_]; }
    Element* operator->() const { return &(*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return {list_, at_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    List* list_ = nullptr;
    std::size_t at_ = 0;
  };
  using iterator = Iterator<StableList, T>;
  using const_iterator = Iterator<const StableList, const T>;
  iterator begin() { return {this, 0}; }
  iterator end() { return {this, size_}; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

 private:
  std::vector<std::vector<T>> blocks_;  // all but the last are full
  std::size_t size_ = 0;
};

}  // namespace medic
