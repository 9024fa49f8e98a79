package dev.jetlane.benchmarks;

/** The ways to pull and ack that are measured beside each other. */
public enum PullRival implements Rival {
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
      case JNATS_FETCH -> new JnatsPull.Fetch(target, false);
      case JNATS_ITERATE -> new JnatsPull.Iterate(target);
      case JNATS_CONSUME -> new JnatsPull.Consume(target);
      case JNATS_ACK_SYNC -> new JnatsPull.Fetch(target, true);
      case LOOK_UP_EACH_PULL -> new JnatsPull.LookUpEachPull(target);
      case SOCKET -> new SocketPull(target);
    };
  }
}
