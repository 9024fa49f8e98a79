// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The ways to push that are compared, each with a confirmation for every task. */
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
  /** The practical limit, with 4,096 unconfirmed. */
  SOCKET("socket limit"),
  /** A raw round trip for each task. */
  SOCKET_ONE_BY_ONE("socket, one by one");

  private static final int WINDOW = 1_024;
  private static final int SOCKET_WINDOW = 4_096;

  private final String label;

  PushRival(String label) {
    this.label = label;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  PushLoop open(Target target, Place place, byte[] payload) throws Exception {
    return switch (this) {
      case JETLANE_ALL -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ALL);
      case JETLANE_ASYNC -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ASYNC);
      case JETLANE_PUSH -> new JetlanePush(target, place, payload, JetlanePush.Call.PUSH);
      case JNATS_ASYNC -> new JnatsPush(target, place, payload, WINDOW, false);
      case JNATS_ASYNC_IDS -> new JnatsPush(target, place, payload, WINDOW, true);
      case JNATS_SYNC -> new JnatsPush(target, place, payload, 1, false);
      case SOCKET -> socket(target, place, payload, SOCKET_WINDOW);
      case SOCKET_ONE_BY_ONE -> socket(target, place, payload, 1);
    };
  }

  private static PushLoop socket(Target target, Place place, byte[] payload, int window)
      throws IOException {
    return new SocketPush(new Wire(target.url()), List.of(place), payload, window, true);
  }
}
