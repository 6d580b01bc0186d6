#include "network.h"

#include <string>

#include "error.h"

namespace lamina {
namespace {

/** Sizes beyond this are refused, so that products of two never overflow on the way to a checked sum. */
constexpr size_t largestSize = size_t{1} << 24;

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::invalidArgument, message); }

void checkSize(size_t size, const std::string& what) {
  if (size < 1 || size > largestSize) {
    fail(what + " must be from 1 to " + std::to_string(largestSize) + ", found " + std::to_string(size) + ".");
  }
}

}  // namespace

void checkNetwork(const Network& network) {
  checkSize(network.inputs, "The number of features");
  if (network.operations.empty()) fail("The network has no operations.");
  std::vector<size_t> units{network.inputs};
  for (const Operation& operation : network.operations) {
    const std::string where = "Operation " + std::to_string(units.size() - 1);
    checkSize(operation.units, where + ": its units");
    // Written so that what is not a number is refused too.
    if (operation.type == Operation::Type::dropout && !(operation.rate >= 0 && operation.rate < 1)) {
      fail(where + " drops a share of " + std::to_string(operation.rate) +
           " of its units: it must be from 0 to below 1.");
    }
    if (operation.input >= units.size()) {
      fail(where + " takes value " + std::to_string(operation.input) + ", but only " + std::to_string(units.size()) +
           " values exist before it.");
    }
    const size_t expected = operation.type == Operation::Type::dense ? operation.inputs : operation.units;
    if (units[operation.input] != expected) {
      fail(where + " expects " + std::to_string(expected) + " units, but value " + std::to_string(operation.input) +
           " has " + std::to_string(units[operation.input]) + ".");
    }
    units.push_back(operation.units);
  }
  if (units.back() != network.outputs) {
    fail("The network is to put out " + std::to_string(network.outputs) + " units, but its last operation makes " +
         std::to_string(units.back()) + ".");
  }
}

}  // namespace lamina
