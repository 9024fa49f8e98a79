// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.PushReceipt;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Checks whether a push of a task would be a duplicate: sends a message with its id and a condition
 * that is never fulfilled. The receipt shows the result.
 */
public final class KnownId extends StoreRequest {

  private static final byte[] NOTHING = {};

  private final String taskId;

  private KnownId(String taskId, String subject, Map<String, String> headers) {
    super(taskId, "search for ", subject, headers, NOTHING);
    this.taskId = taskId;
  }

  /** Creates the request for a task without a delay. */
  public static KnownId ready(PartitionAddress address, String taskId) {
    return new KnownId(taskId, address.subject, headers(address, taskId));
  }

  /**
   * Creates the request for a delayed task, which is also a duplicate while a delayed task has its
   * id.
   */
  public static KnownId delayed(PartitionAddress address, String taskId) {
    Map<String, String> headers = headers(address, taskId);
    headers.put(WireHeaders.EXPECTED_LAST_ON_SUBJECT, "0");
    return new KnownId(taskId, address.delayedSubject(taskId), headers);
  }

  private static Map<String, String> headers(PartitionAddress address, String taskId) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(WireHeaders.MESSAGE_ID, address.messageId(taskId));
    headers.put(WireHeaders.EXPECTED_LAST_ID, WireHeaders.NO_ID);
    return headers;
  }

  @Override
  protected Answer<PushReceipt> read(byte[] answer, int from, int length) {
    int errCode = errCode(answer, from, length);
    return errCode == WRONG_LAST_ID || isTaken(errCode)
        ? Answer.value(new PushReceipt(taskId, isTaken(errCode)))
        : super.read(answer, from, length);
  }
}
