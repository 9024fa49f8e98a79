// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import java.util.ArrayList;
import java.util.List;

/** A pull of any number of tasks, which counts how often it ends. */
final class CountingRequest extends PullRequest {

  final List<String> got = new ArrayList<>();
  int ends;

  CountingRequest(Holder holder, long deadlineNanos) {
    super(holder, Integer.MAX_VALUE, Long.MAX_VALUE, deadlineNanos, false);
  }

  @Override
  protected void served(Attempt attempt) {
    got.add(attempt.task.id());
  }

  @Override
  protected void ended() {
    ends++;
  }
}
