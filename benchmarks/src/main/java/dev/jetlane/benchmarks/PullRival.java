package dev.jetlane.benchmarks;

import dev.jetlane.benchmarks.JetlanePull.Acks;

/** The ways to pull and ack that are measured beside each other. */
public enum PullRival implements Rival {
  /** The queue with 500 prefetched, acks confirmed and pipelined. */
  JETLANE_PREFETCH("jetlane, prefetch 500, ackAsync"),
  /** The queue with 500 prefetched, acks not confirmed. */
  JETLANE_PREFETCH_UNCONFIRMED("jetlane, prefetch 500, unconfirmed"),
  /** The queue as it is by default, without prefetch; acks confirmed and pipelined. */
  JETLANE("jetlane, ackAsync"),
  /** The queue without prefetch, acks not confirmed. */
  JETLANE_UNCONFIRMED("jetlane, unconfirmed"),
  /** The queue without prefetch, each ack waits for its confirmation. */
  JETLANE_BLOCKING("jetlane, ack"),
  /**
   * jnats {@code fetch(batch)} + {@code ack()}: the baseline, what a user of plain jnats writes
   * first.
   */
  JNATS_FETCH("jnats fetch + ack"),
  /** jnats {@code iterate()} + {@code ack()}. */
  JNATS_ITERATE("jnats iterate + ack"),
  /** jnats {@code consume()} + {@code ack()}. */
  JNATS_CONSUME("jnats consume + ack"),
  /** jnats {@code fetch(batch)} + {@code ackSync()}: confirmed, one by one. */
  JNATS_ACK_SYNC("jnats fetch + ackSync"),
  /** Two look-ups before each pull, as ArmoniK's C# queue does. */
  LOOK_UP_EACH_PULL("C#-style, 2 look-ups a pull"),
  /** The practical limit. */
  SOCKET("socket limit");

  private static final int PREFETCH = 500;

  private final String label;

  PullRival(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }

  PullLoop open(Target target) throws Exception {
    return switch (this) {
      case JETLANE_PREFETCH -> new JetlanePull(target, PREFETCH, Acks.PIPELINED);
      case JETLANE_PREFETCH_UNCONFIRMED -> new JetlanePull(target, PREFETCH, Acks.UNCONFIRMED);
      case JETLANE -> new JetlanePull(target, 0, Acks.PIPELINED);
      case JETLANE_UNCONFIRMED -> new JetlanePull(target, 0, Acks.UNCONFIRMED);
      case JETLANE_BLOCKING -> new JetlanePull(target, 0, Acks.BLOCKING);
      case JNATS_FETCH -> new JnatsPull.Fetch(target, false);
      case JNATS_ITERATE -> new JnatsPull.Iterate(target);
      case JNATS_CONSUME -> new JnatsPull.Consume(target);
      case JNATS_ACK_SYNC -> new JnatsPull.Fetch(target, true);
      case LOOK_UP_EACH_PULL -> new JnatsPull.LookUpEachPull(target);
      case SOCKET -> new SocketPull(target);
    };
  }
}
