// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

/**
 * One request of a client and its confirmation. Faults are armed per kind of exchange. An operation
 * of two steps has two exchanges, in this order.
 */
public enum Exchange {
  /** A task is stored, by a push without delay. */
  PUSH,
  /** A delayed task is stored. */
  PUSH_LATER,
  /** A task is acked. */
  ACK,
  /** A task is given back, with or without a delay. */
  NAK,
  /** A lease is extended, by the worker or by the lease keeper. */
  EXTEND,
  /** The first step of a dead-lettering: the letter is stored. */
  STORE_LETTER,
  /** The second step: the task is removed. */
  REMOVE_DEAD,
  /** The first step of a redrive: the task is stored again. */
  REDRIVE,
  /** The second step: the letter is removed. */
  REMOVE_LETTER,
  /** The first step of a cancellation: the decision that the task is not delivered. */
  CANCEL,
  /** The second step: the delayed task is removed. */
  REMOVE_CANCELLED,
  /** The first step of the move of a due delayed task: it is stored as a ready task. */
  STORE_DUE,
  /** The second step: the delayed task is removed. */
  REMOVE_DUE,
  /** A request for tasks. */
  PULL
}
