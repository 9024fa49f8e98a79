// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.DeadLetter;
import dev.jetlane.nats.request.StoredMessage;

/** A dead letter and its message in the stream of the dead letters. */
record LetterMessage(DeadLetter letter, StoredMessage message) {}
