package dev.jetlane.cli;

import picocli.CommandLine.Mixin;

/** A command for one partition that asks before it destroys something. */
abstract class ConfirmedCommand extends PartitionCommand {

  @Mixin Confirmation confirmation = new Confirmation();

  /** The question, without its question mark. */
  abstract String question();

  @Override
  public Integer call() throws Exception {
    return confirmation.given(question()) ? super.call() : Failures.NO;
  }
}
