#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>

/** The least a test program needs: says what failed and where, and ends. */
#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      std::fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                          \
      std::exit(1);                                                                                          \
    }                                                                                                        \
  } while (false)

/** @param tolerance relative to 1 + |expected| */
#define CHECK_NEAR(actual, expected, tolerance)                                                              \
  do {                                                                                                       \
    const double checkedActual = static_cast<double>(actual);                                                \
    const double checkedExpected = static_cast<double>(expected);                                            \
    if (!(std::fabs(checkedActual - checkedExpected) <= (tolerance) * (1 + std::fabs(checkedExpected)))) {   \
      std::fprintf(stderr, "%s:%d: %s is %.9g, expected %.9g\n", __FILE__, __LINE__, #actual,                \
                   checkedActual, checkedExpected);                                                          \
      std::exit(1);                                                                                          \
    }                                                                                                        \
  } while (false)

/** Runs a statement that must throw lamina::Error with a code. */
#define CHECK_THROWS(statement, expectedCode)                                                                \
  do {                                                                                                       \
    bool threw = false;                                                                                      \
    try {                                                                                                    \
      statement;                                                                                             \
    } catch (const lamina::Error& error) {                                                                   \
      threw = error.code() == (expectedCode);                                                                \
    }                                                                                                        \
    if (!threw) {                                                                                            \
      std::fprintf(stderr, "%s:%d: expected %s of %s\n", __FILE__, __LINE__, #expectedCode, #statement);     \
      std::exit(1);                                                                                          \
    }                                                                                                        \
  } while (false)

void testRandom();
void testElementary();
void testKernels();
void testProducts();
void testLosses();
void testSchedule();
void testThreads();
void testTrainer();
void testSizes();
