// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

/** One run of {@link SingleServerChaos} in a process of its own, for planted faults. */
final class SingleServerMain {

  private SingleServerMain() {}

  /** Exits with 3 if the run fails. */
  public static void main(String[] args) throws Exception {
    try {
      new SingleServerChaos().nothingIsLost();
      System.exit(0);
    } catch (AssertionError e) {
      System.out.println(e.getMessage());
      System.exit(3);
    }
  }
}
