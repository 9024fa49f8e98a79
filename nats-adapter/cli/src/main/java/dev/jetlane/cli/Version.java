// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the manifest of the jar. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"jetlane " + (version == null ? "(not from a jar)" : version)};
  }
}
