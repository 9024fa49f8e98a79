// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

/** A fault of a whole server, for all clients, from {@link FaultHands#begin} to the repair. */
public enum ServerFault {
  /**
   * No traffic arrives, in both directions, although the connections are open. Traffic that was
   * sent meanwhile arrives after the repair.
   */
  SILENT(Capability.SILENCE),
  /** The server ends in good order and is started again. */
  RESTARTED(Capability.RESTARTS),
  /** The server process is killed and started again with the same storage. */
  CRASHED(Capability.CRASHES),
  /** The server ends all connections and refuses the credentials of the clients. */
  LOGIN_REFUSED(Capability.REFUSED_LOGINS),
  /** The server stores nothing more, and does everything else. */
  OUT_OF_SPACE(Capability.FULL_STORAGE);

  private final Capability capability;

  ServerFault(Capability capability) {
    this.capability = capability;
  }

  /**
   * Returns the capability of a harness that can cause this fault.
   *
   * @return the capability to declare
   */
  public Capability capability() {
    return capability;
  }

  /**
   * Returns whether all connections are ended, so that the clients must connect again.
   *
   * @return false if they stay open
   */
  public boolean disconnects() {
    return this == RESTARTED || this == CRASHED || this == LOGIN_REFUSED;
  }

  /**
   * Returns whether the server is started again. It then knows less than before: the ids of settled
   * tasks and the fractions of seconds are forgotten.
   *
   * @return true if another process continues with the storage
   */
  public boolean restarts() {
    return this == RESTARTED || this == CRASHED;
  }
}
