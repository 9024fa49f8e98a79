// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

/** What {@link FaultTest} breaks. */
final class FaultSubject {

  private FaultSubject() {}

  static int one() {
    return 1;
  }
}
