// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

/** The class that {@link FaultTest} breaks. */
final class FaultSubject {

  private FaultSubject() {}

  static int one() {
    return 1;
  }
}
