package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * The ways to push, each with a confirmation for every task, that are measured beside each other.
 */
public enum PushRival {
  /** The queue's {@code pushAll}, lists of 1,000. */
  JETLANE_ALL("jetlane pushAll, lists of 1,000"),
  /** The queue's {@code pushAsync}, as many in flight as it allows. */
  JETLANE_ASYNC("jetlane pushAsync"),
  /** The queue's {@code push}, one by one. */
  JETLANE_PUSH("jetlane push"),
  /** jnats {@code publishAsync} with 1,024 unconfirmed, without ids: the baseline. */
  JNATS_ASYNC("jnats publishAsync, 1,024 in flight"),
  /**
   * The same with a message id each, so that the server checks for duplicates as it does for a
   * push.
   */
  JNATS_ASYNC_IDS("jnats publishAsync, 1,024 in flight, ids"),
  /** jnats {@code publish}, one by one. */
  JNATS_SYNC("jnats publish"),
  /** The practical limit: 4,096 unconfirmed, or one by one. */
  SOCKET("socket limit");

  private static final int WINDOW = 1_024;
  private static final int SOCKET_WINDOW = 4_096;

  private final String label;

  PushRival(String label) {
    this.label = label;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  /**
   * Opens the loop; {@code oneByOne} asks for a round trip per task of those rivals that can do
   * both.
   */
  PushLoop open(Target target, Place place, byte[] payload, boolean oneByOne) throws Exception {
    return switch (this) {
      case JETLANE_ALL -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ALL);
      case JETLANE_ASYNC -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ASYNC);
      case JETLANE_PUSH -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH);
      case JNATS_ASYNC -> new JnatsPush(target, place, payload, WINDOW, false);
      case JNATS_ASYNC_IDS -> new JnatsPush(target, place, payload, WINDOW, true);
      case JNATS_SYNC -> new JnatsPush(target, place, payload, 1, false);
      case SOCKET ->
          new SocketPush(
              new Wire(target.url()), List.of(place), payload, oneByOne ? 1 : SOCKET_WINDOW, true);
    };
  }
}
