#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/stable_list.h"

using medic::StableList;

TEST_CASE("Elements keep their place and their order while more come") {
  StableList<std::string, 4> list;
  CHECK(list.empty());
  const std::string* first = &list.emplace_back("0");
  for (int i = 1; i < 23; ++i) list.push_back(std::to_string(i));
  CHECK(list.size() == 23);
  CHECK(&list[0] == first);
  CHECK(list.back() == "22");
  int expected = 0;
  CHECK(std::all_of(list.begin(), list.end(),
                    [&](const std::string& each) { return each == std::to_string(expected++); }));
  CHECK(expected == 23);
}

TEST_CASE("A copy is one of its own; what was moved from is empty and can be used again") {
  StableList<std::string, 4> list;
  for (int i = 0; i < 6; ++i) list.push_back(std::to_string(i));
  StableList<std::string, 4> copy = list;
  copy[5] = "changed";
  copy.push_back("more");
  CHECK(list[5] == "5");
  CHECK(list.size() == 6);
  CHECK(copy.size() == 7);
  const std::string* fourth = &list[4];
  StableList<std::string, 4> moved = std::move(list);
  CHECK(&moved[4] == fourth);
  CHECK(list.size() == 0);  // NOLINT(bugprone-use-after-move): it is promised
  list.push_back("again");
  CHECK(list.back() == "again");
}
