import http from 'k6/http';
import { check } from 'k6';

export const options = {
  vus: 5,
  iterations: 100,
  thresholds: { http_req_failed: ['rate<0.01'], checks: ['rate>0.99'] },
};

export default function () {
  const answer = http.get(`${__ENV.BASE_URL}/health`);
  check(answer, { 'it is well': (a) => a.status === 200 });
}
