// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

/** A fault of a whole server, for all clients, from {@link FaultHands#begin} to the repair. */
public enum ServerFault {
  /**
   * The connections stay open, but no traffic arrives in either direction. It arrives after the
   * repair.
   */
  SILENT(Capability.SILENCE),
  /** The server is shut down and started again. */
  RESTARTED(Capability.RESTARTS),
  /** The server process is killed and started again with the same storage. */
  CRASHED(Capability.CRASHES),
  /** The server ends all connections and refuses the credentials of the clients. */
  LOGIN_REFUSED(Capability.REFUSED_LOGINS),
  /** The server stores no new messages, and otherwise works. */
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
   * Returns whether the fault ends all connections, so that the clients must connect again.
   *
   * @return false if they stay open
   */
  public boolean disconnects() {
    return this == RESTARTED || this == CRASHED || this == LOGIN_REFUSED;
  }

  /**
   * Returns whether the fault restarts the server. A restarted server has forgotten the ids of
   * settled tasks, and may have forgotten when it delivered a task.
   *
   * @return true if another process continues with the storage
   */
  public boolean restarts() {
    return this == RESTARTED || this == CRASHED;
  }
}
