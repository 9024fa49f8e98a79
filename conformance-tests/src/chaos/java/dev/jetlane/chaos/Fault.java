// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

/** The faults of the nemesis, and their weights. */
enum Fault {
  /** SIGKILL, and a start a moment later. */
  KILL(30, true),
  /** SIGTERM, and a start a moment later. */
  STOP(8, true),
  /** SIGSTOP, and SIGCONT later, sometimes after the lease. */
  PAUSE(10, false),
  /** Every connection broken with RST. */
  RESET(10, false),
  /** Every connection closed with FIN. */
  CUT(6, false),
  /** Silence for a while on connections that stay open. */
  BLACK_HOLE(8, false),
  /** A connection broken in the middle of a message. */
  MID_FRAME(10, false),
  /** Every block of bytes 800±400 ms late, for a while: most answers come after the repetition. */
  DELAY(5, false),
  /** 16 kB a second, for a while. */
  THROTTLE(3, false),
  /** A worker process killed, and another one started. */
  WORKER_KILL(16, false),
  /** A worker process that closes its queue under load, and another one started. */
  WORKER_CLOSE(4, false),
  /** The server refuses the password of producers and workers for longer than jnats retries. */
  REFUSE(4, false),
  /** SIGUSR2: the server closes one connection after the other and ends; a start follows. */
  LAME_DUCK(3, true),
  /** Each write to the store is slow for a while. */
  SLOW_DISK(4, false),
  /** SIGSTOP of a worker process for longer than the lease. */
  WORKER_PAUSE(6, false),
  /** The wall clocks of worker processes are wrong by up to a day, all the time. */
  WRONG_CLOCK(0, false),
  /** Some payloads have hundreds of kilobytes, all the time. */
  BIG_PAYLOAD(0, false),
  /** Another client stores tasks with headers that jnats cannot parse, all the time. */
  FOREIGN(0, false),
  /** The server that leads the stream is killed. Only in a cluster, not drawn by chance. */
  LEADER_KILL(0, true),
  /** Another version of the server over the same store. Not drawn by chance. */
  UPGRADE(0, true);

  private final int weight;
  private final boolean endsServer;

  Fault(int weight, boolean endsServer) {
    this.weight = weight;
    this.endsServer = endsServer;
  }

  int weight() {
    return weight;
  }

  /** Whether the server is another process after the fault. */
  boolean endsServer() {
    return endsServer;
  }
}
