package dev.jetlane.nats;

/**
 * One line of {@link NatsQueues#examine}.
 *
 * @param level how bad it is
 * @param topic what was looked at, such as {@code stream jetlane}
 * @param evidence what was seen
 * @param advice what to do; empty where there is nothing to do
 */
public record Finding(Level level, String topic, String evidence, String advice) {

  /** How bad it is. */
  public enum Level {
    /** As it should be. */
    OK,
    /** It could not be seen, and why. */
    UNSEEN,
    /** It works, and something should be done. */
    WARNING,
    /** Tasks are lost, stuck or refused, or will be. */
    PROBLEM
  }
}
