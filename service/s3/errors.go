package s3

import (
	"errors"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/blob"
	"vauban/store"
)

// Errors that S3 answers and its model does not have. Amazon S3 API Reference: "Error responses".
var (
	errAccessControl      = code("AccessControlListNotSupported", 400)
	errBadDigest          = code("BadDigest", 400)
	errBucketNotEmpty     = code("BucketNotEmpty", 409)
	errEntityTooLarge     = code("EntityTooLarge", 400)
	errEntityTooSmall     = code("EntityTooSmall", 400)
	errIllegalLocation    = code("IllegalLocationConstraintException", 400)
	errIllegalVersioning  = code("IllegalVersioningConfigurationException", 400)
	errInternal           = &wire.ErrorShape{Shape: "InternalError", Code: "InternalError", Status: 500, Fault: true}
	errInvalidAlgorithm   = code("InvalidEncryptionAlgorithmError", 400)
	errInvalidArgument    = code("InvalidArgument", 400)
	errInvalidBucketName  = code("InvalidBucketName", 400)
	errInvalidBucketOwner = code("InvalidBucketOwnerAWSAccountID", 400)
	errInvalidBucketState = code("InvalidBucketState", 409)
	errInvalidDigest      = code("InvalidDigest", 400)
	errInvalidLocation    = code("InvalidLocationConstraint", 400)
	errInvalidPart        = code("InvalidPart", 400)
	errInvalidPartNumber  = code("InvalidPartNumber", 416)
	errInvalidPartOrder   = code("InvalidPartOrder", 400)
	errInvalidRange       = code("InvalidRange", 416)
	errInvalidStorage     = code("InvalidStorageClass", 400)
	errInvalidTag         = code("InvalidTag", 400)
	errKeyTooLong         = code("KeyTooLongError", 400)
	errMalformedXML       = code("MalformedXML", 400)
	errMetadataTooLarge   = code("MetadataTooLarge", 400)
	errMethodNotAllowed   = code("MethodNotAllowed", 405)
	errMissingLength      = code("MissingContentLength", 411)
	errNoSuchLock         = code("NoSuchObjectLockConfiguration", 404)
	errNoSuchVersion      = code("NoSuchVersion", 404)
	errNotImplemented     = code("NotImplemented", 501)
	errNotModified        = code("304", 304)
	errPrecondition       = code("PreconditionFailed", 412)
	errSlowDown           = &wire.ErrorShape{Shape: "SlowDown", Code: "SlowDown", Status: 503, Fault: true}
	errTooManyBuckets     = code("TooManyBuckets", 400)
)

func code(name string, status int) *wire.ErrorShape {
	return &wire.ErrorShape{Shape: name, Code: name, Status: status}
}

func noSuchBucket(name string) *wire.Error {
	return api.NoSuchBucket.New("The specified bucket does not exist").With("BucketName", name)
}

func noSuchKey(key string) *wire.Error {
	return api.NoSuchKey.New("The specified key does not exist.").With("Key", key)
}

func noSuchVersion(key, id string) *wire.Error {
	return errNoSuchVersion.New("The specified version does not exist.").With("Key", key).With("VersionId", id)
}

// invalid refuses a value of the request, whose name the client sent.
func invalid(name, value, message string) *wire.Error {
	return errInvalidArgument.New("%s", message).With("ArgumentName", name).With("ArgumentValue", value)
}

// unimplemented refuses a header that this program does not do.
func unimplemented(header string) *wire.Error {
	return errNotImplemented.New("A header you provided implies functionality that is not implemented").With("Header", header)
}

func malformedXML() *wire.Error {
	return errMalformedXML.New("The XML you provided was not well-formed or did not validate against our published schema")
}

func internal(cause error) *wire.Error {
	return errInternal.New("We encountered an internal error. Please try again.").Because(cause)
}

// unstored turns a failure to keep bytes into what the client gets. What the client itself did wrong on the way passes.
func unstored(err error) error {
	var known *wire.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, blob.ErrFull), errors.Is(err, store.ErrFull):
		return errSlowDown.New("Please reduce your request rate.").Because(err)
	}
	return err
}

// keyFits turns the store's refusal of a key into S3's: one of many bytes 0 and 1, which are written as two, may be too long.
func keyFits(err error) error {
	if errors.Is(err, store.ErrTooLarge) {
		return errKeyTooLong.New("Your key is too long").Because(err)
	}
	return err
}

func is(p *bool) bool { return p != nil && *p }
