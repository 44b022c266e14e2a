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
	errAccessControl      = wire.Code("AccessControlListNotSupported", 400)
	errBadDigest          = wire.Code("BadDigest", 400)
	errBucketNotEmpty     = wire.Code("BucketNotEmpty", 409)
	errEntityTooLarge     = wire.Code("EntityTooLarge", 400)
	errEntityTooSmall     = wire.Code("EntityTooSmall", 400)
	errIllegalLocation    = wire.Code("IllegalLocationConstraintException", 400)
	errIllegalVersioning  = wire.Code("IllegalVersioningConfigurationException", 400)
	errInternal           = &wire.ErrorShape{Shape: "InternalError", Code: "InternalError", Status: 500, Fault: true}
	errInvalidAlgorithm   = wire.Code("InvalidEncryptionAlgorithmError", 400)
	errInvalidArgument    = wire.Code("InvalidArgument", 400)
	errInvalidBucketName  = wire.Code("InvalidBucketName", 400)
	errInvalidBucketOwner = wire.Code("InvalidBucketOwnerAWSAccountID", 400)
	errInvalidBucketState = wire.Code("InvalidBucketState", 409)
	errInvalidDigest      = wire.Code("InvalidDigest", 400)
	errInvalidLocation    = wire.Code("InvalidLocationConstraint", 400)
	errInvalidPart        = wire.Code("InvalidPart", 400)
	errInvalidPartNumber  = wire.Code("InvalidPartNumber", 416)
	errInvalidPartOrder   = wire.Code("InvalidPartOrder", 400)
	errInvalidRange       = wire.Code("InvalidRange", 416)
	errInvalidStorage     = wire.Code("InvalidStorageClass", 400)
	errInvalidTag         = wire.Code("InvalidTag", 400)
	errKeyTooLong         = wire.Code("KeyTooLongError", 400)
	errMalformedXML       = wire.Code("MalformedXML", 400)
	errMetadataTooLarge   = wire.Code("MetadataTooLarge", 400)
	errMethodNotAllowed   = wire.Code("MethodNotAllowed", 405)
	errMissingLength      = wire.Code("MissingContentLength", 411)
	errNoSuchLock         = wire.Code("NoSuchObjectLockConfiguration", 404)
	errNoSuchVersion      = wire.Code("NoSuchVersion", 404)
	errNotImplemented     = wire.Code("NotImplemented", 501)
	errNotModified        = wire.Code("304", 304)
	errPrecondition       = wire.Code("PreconditionFailed", 412)
	errSlowDown           = &wire.ErrorShape{Shape: "SlowDown", Code: "SlowDown", Status: 503, Fault: true}
	errTooManyBuckets     = wire.Code("TooManyBuckets", 400)
)

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
