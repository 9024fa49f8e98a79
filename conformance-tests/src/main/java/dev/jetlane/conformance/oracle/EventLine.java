// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.Delivery;
import java.time.Duration;

/** Formats the events of a listener, one line each. */
public final class EventLine {

  private EventLine() {}

  public static String pushed(String partition, String taskId, boolean duplicate) {
    return "pushed " + partition + " " + taskId + (duplicate ? " again" : "");
  }

  static String pushFailed(String partition, String taskId, String error) {
    return "pushFailed " + partition + " " + taskId + " " + error;
  }

  static String pulled(String partition, int tasks) {
    return "pulled " + partition + " " + tasks;
  }

  static String redelivered(String delivery) {
    return "redelivered " + delivery;
  }

  static String pullFailed(String partition, String error) {
    return "pullFailed " + partition + " " + error;
  }

  public static String acked(String delivery, boolean late) {
    return (late ? "acked late " : "acked ") + delivery;
  }

  public static String givenBack(String delivery, Duration delay) {
    return "givenBack " + delivery + " for " + delay;
  }

  static String extended(String delivery) {
    return "extended " + delivery;
  }

  static String deadLettered(String delivery, String reason) {
    return "deadLettered " + delivery + ": " + reason;
  }

  static String exhausted(String partition, String taskId) {
    return "exhausted " + partition + " " + taskId;
  }

  static String leaseLost(String delivery) {
    return "leaseLost " + delivery;
  }

  static String settleFailed(String delivery, String error) {
    return "settleFailed " + delivery + " " + error;
  }

  /** Returns the name of a delivery in its lines. */
  public static String name(String partition, String taskId, int attempt) {
    return partition + " " + taskId + " attempt " + attempt;
  }

  public static String name(Delivery delivery) {
    return name(delivery.partition(), delivery.taskId(), delivery.attempt());
  }
}
