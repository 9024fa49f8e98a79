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

  /** Everything else is that of the caller's context. */
  @Test
  void theRestOfTheContextIsUnchanged() throws Exception {
    SSLContext given = SSLContext.getInstance("TLS");
    given.init(null, null, null);
    SSLContext context = HostVerification.with(given);
    assertThat(context.getProtocol()).isEqualTo(given.getProtocol());
    assertThat(context.getProvider()).isSameAs(given.getProvider());
    SSLSocketFactory sockets = context.getSocketFactory();
    assertThat(sockets.getDefaultCipherSuites())
        .isEqualTo(given.getSocketFactory().getDefaultCipherSuites());
    assertThat(sockets.getSupportedCipherSuites())
        .isEqualTo(given.getSocketFactory().getSupportedCipherSuites());
    assertThat(context.getClientSessionContext()).isSameAs(given.getClientSessionContext());
    assertThat(context.getServerSessionContext()).isSameAs(given.getServerSessionContext());
    assertThat(context.createSSLEngine("a.example", 7).getPeerHost()).isEqualTo("a.example");
    assertThat(context.createSSLEngine("a.example", 7).getPeerPort()).isEqualTo(7);
  }

  /** A setting that the JDK made for the socket must stay. */
  @Test
  void theOtherParametersOfASocketAreUnchanged() throws Exception {
    SSLContext given = SSLContext.getDefault();
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket door = new ServerSocket(0, 50, here);
        SSLSocket plain =
            (SSLSocket) given.getSocketFactory().createSocket(here, door.getLocalPort());
        SSLSocket verifying =
            (SSLSocket)
                HostVerification.with(given)
                    .getSocketFactory()
                    .createSocket(here, door.getLocalPort())) {
      assertThat(verifying.getSSLParameters().getProtocols())
          .isEqualTo(plain.getSSLParameters().getProtocols());
      assertThat(verifying.getSSLParameters().getCipherSuites())
          .isEqualTo(plain.getSSLParameters().getCipherSuites());
    }
  }
}
