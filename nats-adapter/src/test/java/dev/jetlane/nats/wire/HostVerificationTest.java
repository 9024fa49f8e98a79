// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;

/** Each socket verifies the host: however it was created, and after each reconnect. */
class HostVerificationTest {

  private static final int CONNECTIONS = 3;

  @Test
  void everySocketOfEveryConnectionVerifiesTheHost() throws Exception {
    SSLContext context = HostVerification.with(SSLContext.getDefault());
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket door = new ServerSocket(0, 50, here)) {
      int port = door.getLocalPort();
      for (int connection = 0; connection < CONNECTIONS; connection++) {
        SSLSocketFactory factory = context.getSocketFactory();
        List<Socket> sockets = new ArrayList<>();
        sockets.add(factory.createSocket(here, port));
        sockets.add(factory.createSocket(here.getHostName(), port));
        sockets.add(factory.createSocket(here, port, here, 0));
        sockets.add(factory.createSocket(here.getHostName(), port, here, 0));
        sockets.add(factory.createSocket(new Socket(here, port), "localhost", port, true));
        for (Socket socket : sockets) {
          assertThat(((SSLSocket) socket).getSSLParameters().getEndpointIdentificationAlgorithm())
              .isEqualTo("HTTPS");
          socket.close();
        }
      }
    }
  }
}
