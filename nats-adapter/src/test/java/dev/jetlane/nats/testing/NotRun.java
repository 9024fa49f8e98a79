// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

/** Reports tests that need a program which this machine lacks. */
public final class NotRun {

  private NotRun() {}

  /**
   * Prints that tests are not run. In CI, where every program is expected, it fails instead.
   *
   * @param what the tests, and the program that they need
   */
  public static void report(String what) {
    System.err.println("NOT RUN: " + what);
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError("not run in CI: " + what);
    }
  }
}
