// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

/**
 * One line of {@link NatsQueues#examine}.
 *
 * @param level the level
 * @param topic the examined object, such as {@code stream jetlane}
 * @param evidence the observation
 * @param advice the recommended action; empty if there is none
 */
public record Finding(Level level, String topic, String evidence, String advice) {

  /** The level of a finding. */
  public enum Level {
    /** No problem. */
    OK,
    /** Not checked, because this user cannot see it; the evidence has the reason. */
    UNSEEN,
    /** Works, but needs attention. */
    WARNING,
    /** Tasks are lost, stuck or refused, now or soon. */
    PROBLEM
  }
}
