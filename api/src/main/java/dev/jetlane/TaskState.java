// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/** The states of a stored task, as counted by {@link Stats}. */
public enum TaskState {
  /** Never delivered, and due. */
  READY,
  /** Delivered and not settled: under a lease, given back, or with an expired lease. */
  OUTSTANDING,
  /** Pushed with a delay and not due. */
  DELAYED
}
