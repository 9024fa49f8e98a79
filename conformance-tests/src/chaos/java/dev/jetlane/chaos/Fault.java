package dev.jetlane.chaos;

/** What the nemesis can do, and how often it does it. */
enum Fault {
  /** SIGKILL, and a start a moment later. */
  KILL(30, true),
  /** SIGTERM, and a start a moment later. */
  STOP(8, true),
  /** SIGSTOP, and SIGCONT later, sometimes much later. */
  PAUSE(10, false),
  /** Every connection broken. */
  RESET(10, false),
  /** Every connection closed. */
  CUT(6, false),
  /** Silence for a while on connections that stay open. */
  BLACK_HOLE(8, false),
  /** A connection broken in the middle of a message. */
  MID_FRAME(10, false),
  /** Every block of bytes 100±50 ms late, for a while. */
  DELAY(5, false),
  /** 16 kB a second, for a while. */
  THROTTLE(3, false),
  /** A worker process killed, and another one started. */
  WORKER_KILL(16, false),
  /** A worker process that closes its queue under load, and another one started. */
  WORKER_CLOSE(4, false),
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

  /** Whether the server is another process afterwards. */
  boolean endsServer() {
    return endsServer;
  }
}
