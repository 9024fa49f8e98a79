// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import picocli.CommandLine.Mixin;

/** A command for one partition that asks for confirmation before it deletes anything. */
abstract class ConfirmedCommand extends PartitionCommand {

  @Mixin Confirmation confirmation = new Confirmation();

  /** Returns the question, without its question mark. */
  abstract String question();

  @Override
  public Integer call() throws Exception {
    return confirmation.given(question()) ? super.call() : Failures.NO;
  }
}
